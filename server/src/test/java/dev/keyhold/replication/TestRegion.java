package dev.keyhold.replication;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.FakeIamRepository;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Project;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.Regions;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.keyring.TestVault;
import dev.keyhold.keyring.Use;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// A deployment with a real store, which can be down and whose answers can get lost.
final class TestRegion implements AutoCloseable {
  static final byte[] SECRET =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NONE = {};
  private static final Runnable NOTHING = () -> {};

  final String name;
  final TestVault store;
  final RegionalKeys keys;
  final FakeIamRepository iam = new FakeIamRepository();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Keyring keyring;
  private final SortedMap<String, URI> urls = new TreeMap<>();
  private Channel channel = channel(SECRET);
  private Peers peers;
  Replicator replicator;
  Receiver receiver;
  volatile boolean down;
  volatile boolean losesAnswers;
  private final AtomicLong laterNanos = new AtomicLong();

  /// Run once, before a message is looked at.
  final AtomicReference<Runnable> beforeReceiving = new AtomicReference<>(NOTHING);

  /// Run once, between the making of an answer and its sending.
  final AtomicReference<Runnable> beforeAnswering = new AtomicReference<>(NOTHING);

  TestRegion(String name, Path folder, String domainName) {
    this.name = name;
    this.store = new TestVault(folder);
    this.keyring = new Keyring(store.vault, () -> TestVault.NOW, 100);
    this.keys = new RegionalKeys(store.vault, keyring, store.grants, store.aliases);
    iam.insert(new Domain(store.domain, new Name(domainName)));
    iam.insert(new Project(store.project, store.domain, new Name(name)));
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(Peers.PATH, this::answer);
    server.setExecutor(threads);
    server.start();
    connect();
  }

  static Channel channel(byte[] secret) {
    return new Channel(new KeyMaterial(secret.clone()));
  }

  void setSecret(byte[] secret) {
    channel = channel(secret);
    connect();
  }

  void knows(TestRegion other) {
    urls.put(other.name, URI.create("http://127.0.0.1:" + other.server.getAddress().getPort()));
    connect();
  }

  /// Until it [#knows] the other again, no connection to it comes about.
  void losesSightOf(TestRegion other) {
    urls.put(other.name, URI.create("http://127.0.0.1:1"));
    connect();
  }

  void waits(Duration time) {
    laterNanos.addAndGet(time.toNanos());
  }

  void forgets(TestRegion other) {
    urls.remove(other.name);
    connect();
  }

  private void connect() {
    peers = Peers.of(name, urls, channel, Optional.empty(), () -> TestVault.NOW);
    replicator =
        new Replicator(
            peers, keys, iam, () -> TestVault.NOW, () -> System.nanoTime() + laterNanos.get());
    receiver = new Receiver(peers, channel, keys, store.tags, iam, () -> TestVault.NOW, 100);
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    int status = 503;
    byte[] answer = NONE;
    if (!down) {
      beforeReceiving.getAndSet(NOTHING).run();
      try {
        answer =
            receiver.receive(
                header(exchange, Peers.FROM),
                header(exchange, Peers.TO),
                header(exchange, Peers.DATE),
                body);
        status = 200;
      } catch (KmsException.Rejected refused) {
        status = refused.error().status();
      }
      beforeAnswering.getAndSet(NOTHING).run();
      if (losesAnswers) {
        status = 503;
        answer = NONE;
      }
    }
    exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private static Optional<String> header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  Cmk key() {
    return store.create(KeySpec.AES_256);
  }

  void destroyDueKeys() {
    keyring.destroyDueKeys();
  }

  Cmk load(KeyId id) {
    return keys.load(store.project, id);
  }

  Regions regions(KeyId id) {
    return load(id).regions().orElseThrow();
  }

  void replicate(KeyId id, TestRegion to) {
    replicator.replicate(
        store.project,
        id,
        new Replicator.Wish(to.name, to.store.project, id.text(), "", "0", List.of()));
  }

  void movePrimary(KeyId id, TestRegion to) {
    replicator.movePrimary(store.project, id, to.name);
  }

  Cmk rotate(KeyId id) {
    return new Rotations(
            store.vault, keyring, store.generator, () -> TestVault.NOW, replicator::deliver)
        .rotate(store.project, id);
  }

  byte[] encrypt(KeyId id, byte[] plaintext) {
    try (OpenKey key = keyring.open(store.project, id, Use.WRAP)) {
      return key.currentAead().seal(plaintext, NONE);
    }
  }

  Optional<byte[]> decrypt(KeyId id, int version, byte[] sealed) {
    try (OpenKey key = keyring.open(store.project, id, Use.WRAP)) {
      Optional<AeadKey> aead = key.aead(version);
      return aead.flatMap(it -> it.open(sealed, NONE)).map(it -> it.lend(byte[]::clone));
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
    peers.close();
    keyring.close();
    store.close();
  }
}
