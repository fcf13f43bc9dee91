package dev.keyhold.cli;

import dev.keyhold.cli.Api.Answer;
import dev.keyhold.cli.Api.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Runs a server as it will be run and calls it, so that the JVM that watches
/// (`-XX:AOTCacheOutput`) knows what a start and a call need. The launcher calls this once a build.
public final class TrainCommand implements Command {
  private static final int ROUNDS = 40;
  private static final int TOKENS = 1; // each costs a password hash
  private static final String DEK = "00".repeat(64);
  private static final String DEK_SHA_256 =
      "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b";
  private static final int DEK_BYTES = 64;
  private static final long POLL_MILLIS = 20;

  private final Consumer<List<String>> keyhold;
  private int refused;

  /// @param keyhold runs another command
  public TrainCommand(Consumer<List<String>> keyhold) {
    this.keyhold = keyhold;
  }

  @Override
  public String name() {
    return "train";
  }

  @Override
  public String summary() {
    return "Prepares a fast start.";
  }

  @Override
  public Options options() {
    return new Options();
  }

  @Override
  public List<String> operands() {
    return List.of("NATIVE-LIBRARIES", "DATA");
  }

  @Override
  public boolean isForUsers() {
    return false;
  }

  @Override
  public int run(CommandLine given) throws IOException, InterruptedException {
    NativeLibraries.extractTo(Path.of(given.getArgList().getFirst()));
    Path data = Path.of(given.getArgList().getLast());
    int port = freePort();
    Thread server = startServer(port, data);
    try (var api = new Api("http://127.0.0.1:" + port)) {
      awaitReady(api, server);
      exercise(api, data);
    }
    if (refused > 0) {
      System.err.println("keyhold: train: " + refused + " calls were refused");
    }
    return 0;
  }

  private Thread startServer(int port, Path data) {
    String listen = "127.0.0.1:" + port;
    return Thread.ofPlatform()
        .daemon()
        .name("server")
        .start(() ->
            keyhold.accept(
                List.of("server", "--dev", "--listen", listen, "--data", data.toString())));
  }

  private static void awaitReady(Api api, Thread server) throws IOException, InterruptedException {
    while (server.isAlive()) {
      try {
        if (api.send(Request.get("/health/ready")).isSuccess()) {
          return;
        }
      } catch (IOException _) {
        // Not listening yet.
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    throw new IOException("the server did not start");
  }

  private void exercise(Api api, Path data) throws IOException {
    Calls calls = Calls.of(data);
    String token = "";
    for (int i = 0; i < TOKENS; i++) {
      token = send(api, calls.token()).headers().getOrDefault("x-subject-token", "");
    }
    String tokenFound = token;
    UnaryOperator<Request> byToken = request -> request.with("X-Auth-Token", tokenFound);
    UnaryOperator<Request> bySignature =
        request ->
            Signed.by(
                calls.credential("access_key"),
                calls.credential("secret_key"),
                api.endpoint(),
                request,
                Instant.now());
    String keyId =
        send(api, byToken.apply(calls.createKey("train", "AES_256")))
            .body()
            .at("/key_info/key_id")
            .asString();
    for (int i = 0; i < ROUNDS; i++) {
      wrapAndUnwrap(api, calls, keyId, i % 2 == 0 ? byToken : bySignature);
    }
    send(api, byToken.apply(calls.describeKey(keyId)));
    send(api, byToken.apply(calls.listKeys()));
  }

  private void wrapAndUnwrap(Api api, Calls calls, String keyId, UnaryOperator<Request> authorized)
      throws IOException {
    String wrapped =
        send(api, authorized.apply(calls.encryptDatakey(keyId, DEK + DEK_SHA_256, DEK_BYTES, "a")))
            .body()
            .path("cipher_text")
            .asString();
    send(api, authorized.apply(calls.decryptDatakey(keyId, wrapped, DEK_BYTES, "a")));
    send(api, authorized.apply(calls.createDatakey(keyId)));
  }

  private Answer send(Api api, Request request) throws IOException {
    Answer answer = api.send(request);
    if (!answer.isSuccess()) {
      refused++;
    }
    return answer;
  }

  private static int freePort() throws IOException {
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }
}
