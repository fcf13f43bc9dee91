package dev.keyhold;

import dev.keyhold.audit.AuditLog;
import dev.keyhold.audit.AuditScope;
import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.ChangeFeed;
import dev.keyhold.feed.Follower;
import dev.keyhold.http.Dispatcher;
import dev.keyhold.http.Limits;
import dev.keyhold.http.Listener;
import dev.keyhold.http.RateLimits;
import dev.keyhold.http.RouteTable;
import dev.keyhold.http.Routes;
import dev.keyhold.iam.Authenticator;
import dev.keyhold.iam.NewPassword;
import dev.keyhold.iam.Passwords;
import dev.keyhold.iam.RequestSignature;
import dev.keyhold.iam.SteadyClock;
import dev.keyhold.iam.Tenancy;
import dev.keyhold.iam.Tokens;
import dev.keyhold.keyring.DefaultKeys;
import dev.keyhold.keyring.Imports;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.replication.Channel;
import dev.keyhold.replication.PeerRounds;
import dev.keyhold.replication.Peers;
import dev.keyhold.replication.Receiver;
import dev.keyhold.replication.Replicator;
import dev.keyhold.seal.KekScope;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.SharedWork;
import dev.keyhold.tls.TlsMaterial;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running server: everything, put together by hand.
public final class Server {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  private static final int TOKEN_KEY_BYTES = 32;

  private final Config config;
  private final Instance instance;
  private final Optional<AuditLog> audit;
  private final Keyring keyring;
  private final DefaultKeys defaultKeys;
  private final KeyGenerator generator = new KeyGenerator();
  private final Optional<Channel> channel;
  private final Peers peers;
  private final RegionalKeys regionalKeys;
  private final Replicator replicator;
  private final Rotations rotations;
  private final Imports imports;
  private final Tenancy tenancy;
  private final RootKeyWatch rootKey;
  private final Optional<Follower> follower;
  private final Housekeeping housekeeping;
  private final PeerRounds peerRounds;
  private final RouteTable table;
  private final Listener listener;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean ready;

  /// Serves from when this returns.
  ///
  /// @throws StartRefused when it must not be started so
  public static Server start(Config config) {
    var passwords = new Passwords(new SecureRandom());
    var ahead = new PasswordsAhead(passwords);
    if (config.dev().isPresent() && !DataDirectory.hasDatabase(config.data())) {
      ahead.begin(DevTenants.COUNT);
    }
    Instance instance =
        config.dev().isPresent() ? Instance.openOrCreate(config, passwords) : Instance.open(config);
    Optional<AuditLog> audit = Optional.empty();
    try {
      audit = audit(config);
      return new Server(config, instance, audit, ahead);
    } catch (RuntimeException e) {
      audit.ifPresent(AuditLog::close);
      instance.close();
      throw e;
    } catch (IOException e) {
      audit.ifPresent(AuditLog::close);
      instance.close();
      throw new StartRefused(
          e.getMessage()
              + " ("
              + rootCause(e).getMessage()
              + "). --listen chooses another address.");
    }
  }

  private static Optional<AuditLog> audit(Config config) {
    if (!config.audit().enabled()) {
      LOG.warn("calls leave no audit records: audit.enabled is false");
      return Optional.empty();
    }
    return Optional.of(AuditLog.open(config.audit().dir(), config.audit().sync(), config.clock()));
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure : rootCause(cause);
  }

  private Server(
      Config config, Instance instance, Optional<AuditLog> audit, Supplier<NewPassword> passwords)
      throws IOException {
    this.config = config;
    this.instance = instance;
    this.audit = audit;
    Optional<SharedWork> shared =
        instance
            .database()
            .sharing()
            .map(sharing -> new SharedWork(instance.database(), sharing.node()));
    var clocks = new Clocks(config, shared);
    InstantSource clock = clocks.wall();
    InstantSource patient = clocks.patient();
    this.keyring =
        new Keyring(instance.vault(), patient, CacheShare.KEYS.entries(), instance.freshness());
    this.defaultKeys = new DefaultKeys(instance.vault(), generator, clock, instance.freshness());
    this.tenancy = new Tenancy(instance.iam(), instance.freshness());
    this.rootKey = instance.rootKeyWatch();
    this.follower = instance.database().sharing().map(sharing -> follower(sharing.feed()).start());
    this.channel = ReplicationSetup.channel(config);
    this.peers = ReplicationSetup.peers(config, channel, clock);
    this.regionalKeys =
        new RegionalKeys(instance.vault(), keyring, instance.grants(), instance.aliases());
    this.replicator = new Replicator(peers, regionalKeys, instance.iam(), clock);
    this.rotations =
        new Rotations(instance.vault(), keyring, generator, clock, replicator::deliver);
    this.imports =
        new Imports(
            instance.vault(), keyring, generator, instance.keks(), clocks.steady(), patient);
    int port = port(config.listen());
    String endpoint = config.endpoint(port);
    if (config.dev().isPresent()) {
      DevTenants.establish(instance, config.data(), config.region(), endpoint, passwords);
    }
    var keys = new Operations.Keys(keyring, defaultKeys, generator, rotations, imports, replicator);
    Tokens tokens = tokens(clocks.steady());
    var operations = new Operations(config, instance, clocks, keys, tokens, endpoint);
    this.table =
        Routes.table(
            this::isReady,
            operations.kms(),
            operations.iam(),
            channel.map(it -> receiver(it, clock)),
            audit.map(AuditLog::node));
    Optional<TlsMaterial> tls = TlsSetup.material(config);
    this.listener =
        Listener.start(
            config.listen().host(),
            port,
            tls.map(TlsMaterial::keyManager),
            table,
            dispatcher(tokens, port),
            limits(),
            config.limits().trustedProxies());
    warnOfWhatACopyBrings(config);
    this.housekeeping = housekeeping(shared, clocks, tls);
    instance.anchor().start();
    this.peerRounds = PeerRounds.start(this::tellOtherRegions, peers);
    this.ready = true;
  }

  /// What lies in the data folder goes where a copy of the folder goes.
  private static void warnOfWhatACopyBrings(Config config) {
    if (config.dev().isPresent()) {
      return;
    }
    if (liesIn(config.data(), config.rootKey().file())) {
      LOG.warn(
          "the root key {} lies in the data folder: a copy of the folder opens everything. Move it,"
              + " and tell where with seal.file",
          config.rootKey().file());
    }
    if (config.sharedStore().isEmpty() && liesIn(config.data(), config.anchor().file())) {
      LOG.warn(
          "the anchor file {} lies in the data folder: an old copy of the folder brings an old"
              + " anchor along, and is not noticed. Tell another place with anchor.file",
          config.anchor().file());
    }
  }

  private Housekeeping housekeeping(
      Optional<SharedWork> shared, Clocks clocks, Optional<TlsMaterial> tls) {
    return Housekeeping.start(
        keyring,
        imports,
        rotations,
        shared,
        instance.freshness(),
        rootKey,
        audit.map(AuditLog::node),
        clocks.skew(),
        clocks.watch(
            (time, most) -> keyring.countDueKeys(time, most) + imports.countExpired(time, most)),
        tls.map(it ->
            new CertificateWatch(
                TlsSetup.certificate(config).orElseThrow(), it.expires(), Clock.systemUTC())));
  }

  private Follower follower(ChangeFeed feed) {
    var caches =
        Following.caches(
            keyring,
            instance.keks(),
            defaultKeys,
            instance.keystores(),
            instance.grants(),
            instance.aliases(),
            instance.users(),
            instance.accessKeys(),
            tenancy,
            rootKey);
    return new Follower(feed, caches, instance.freshness(), System::nanoTime);
  }

  private int tellOtherRegions() {
    return audit.isPresent()
        ? AuditScope.upkeep(audit.get().node(), "update-replicas", replicator::deliverAll)
        : replicator.deliverAll();
  }

  private static boolean liesIn(Path folder, Path file) {
    return file.toAbsolutePath().normalize().startsWith(folder.toAbsolutePath().normalize());
  }

  private boolean isReady() {
    return ready
        && instance.freshness().isFresh()
        && !instance.database().isStuck()
        && audit.map(AuditLog::isHealthy).orElse(true);
  }

  private Receiver receiver(Channel channel, InstantSource clock) {
    return new Receiver(
        peers,
        channel,
        regionalKeys,
        instance.tags(),
        instance.iam(),
        clock,
        config.quotas().cmks());
  }

  private Dispatcher dispatcher(Tokens tokens, int port) {
    var signatures =
        new RequestSignature(
            instance.accessKeys(),
            instance.users(),
            config.clock(),
            System::nanoTime,
            config.signedHosts(port));
    var authenticator = new Authenticator(tokens, signatures);
    var rates =
        new RateLimits(
            config.limits().rateCrypto(), config.limits().rateManagement(), System::nanoTime);
    return new Dispatcher(
        authenticator::authenticate, tenancy::enter, audit, rates, instance.database()::isStuck);
  }

  /// They need a clock that never runs back; a signature only has to agree with the wall clock.
  private Tokens tokens(SteadyClock steady) {
    var key = instance.keks().derive(new KekScope.Instance(), "token", TOKEN_KEY_BYTES);
    return new Tokens(key, instance.users(), steady, new SecureRandom());
  }

  private Limits limits() {
    Config.Limits configured = config.limits();
    Limits standard = Limits.standard();
    return standard
        .withConnections(
            ConnectionRoom.most(
                configured.connections(), !(config.tls() instanceof Config.Tls.Off)))
        .withTimes(
            configured.headTime(), configured.idleTime(), configured.writeTime(), standard.tick());
  }

  /// The port to listen on. The address is part of what is served (versions, catalog), so a free
  /// one is chosen before that.
  private static int port(Address listen) throws IOException {
    if (listen.port() != 0) {
      return listen.port();
    }
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName(listen.host()))) {
      return socket.getLocalPort();
    }
  }

  /// The port that the listener really has.
  public int port() {
    return listener.port();
  }

  /// What is served, to be described.
  public RouteTable table() {
    return table;
  }

  /// Returns when the server has stopped.
  public void awaitStop() {
    try {
      stopped.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes no new requests, answers those in flight, closes everything.
  public void stop() {
    ready = false;
    listener.drain(config.shutdownGrace());
    peerRounds.close();
    housekeeping.close();
    follower.ifPresent(Follower::close);
    generator.close();
    keyring.close();
    audit.ifPresent(AuditLog::close);
    instance.close();
    stopped.countDown();
  }
}
