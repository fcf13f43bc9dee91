package dev.keyhold.cli;

import dev.keyhold.cli.Api.Answer;
import dev.keyhold.cli.Transcript.StepFailed;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Starts a development server, wraps and unwraps a data key, shows each call, and leaves the
/// server running.
public final class DemoCommand implements Command {
  private static final String LISTEN = "listen";
  private static final String DATA = "data";
  private static final String DEFAULT_LISTEN = "127.0.0.1:8420";
  private static final int OK = 0;
  private static final int FAILED = 1;

  // The example of the API page "Encrypting a Data Encryption Key": a DEK of 512 bits, its SHA-256.
  private static final String DEK =
      "7549d9aea901767bf3c0b3e14b10722eaf6f59053bbd82045d04e075e809a0fe"
          + "6ccab48f8e5efe74e4b18ff0512525e527b10331100f357bf42125d8d5ced94f";
  private static final String DEK_SHA_256 =
      "fbc8ac72b0785ca7fe33eb6776ce3990b11e32b299d9c0a9ee0305fb9540f797";
  private static final String AAD = "123aad";
  private static final int DEK_BYTES = 64;

  private final PrintStream out = System.out;

  @Override
  public String name() {
    return "demo";
  }

  @Override
  public String summary() {
    return "Starts a development server, wraps and unwraps a data key, and shows each call.";
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(
            Command.value(LISTEN, "HOST:PORT", "Where to serve. Default: " + DEFAULT_LISTEN + "."))
        .addOption(Command.value(DATA, "DIR", "The folder of the store. Default: data."));
  }

  @Override
  public int run(CommandLine given) throws IOException, InterruptedException {
    String listen = given.getOptionValue(LISTEN, DEFAULT_LISTEN);
    Path data = Path.of(given.getOptionValue(DATA, "data"));
    String address;
    try {
      address = free(listen);
    } catch (IOException | IllegalArgumentException failure) {
      return fail(
          "can't listen on "
              + listen
              + ": "
              + String.valueOf(failure.getMessage())
              + ". Choose another place, for example --listen 127.0.0.1:8421");
    }
    ServerProcess server =
        ServerProcess.start(
            List.of("server", "--dev", "--listen", address, "--data", data.toString()));
    // Ctrl-C in a terminal reaches both processes, but a plain kill this one alone.
    var hook = new Thread(() -> stopAndExit(server), "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try (var api = new Api("http://" + address)) {
      if (!server.awaitReady(api)) {
        return fail("the server ended with exit code " + server.awaitEnd());
      }
      walkThrough(new Transcript(api, out), Calls.of(data));
      transcriptEnd(address, data);
      return server.awaitEnd();
    } catch (StepFailed failure) {
      server.stop();
      return fail(String.valueOf(failure.getMessage()));
    } finally {
      remove(hook);
    }
  }

  private void transcriptEnd(String address, Path data) {
    out.println("\nThe data key came back unchanged.");
    out.println("The server stays at http://" + address + " until Ctrl-C; the credentials are in");
    out.println(data.resolve("dev-credentials.json"));
  }

  private void walkThrough(Transcript transcript, Calls calls) throws StepFailed {
    Answer token = transcript.step("A token, by password", calls.token());
    String tokenText = token.headers().getOrDefault("x-subject-token", "");
    transcript.assign("TOKEN", tokenText);

    String alias = "demo-" + Long.toString(Instant.now().toEpochMilli(), Character.MAX_RADIX);
    Answer created =
        transcript.step(
            "A customer master key", authorized(calls.createKey(alias, "AES_256"), tokenText));
    String keyId = created.body().at("/key_info/key_id").asString();

    Answer wrapped =
        transcript.step(
            "Wrap the data key of the API reference's example under it",
            authorized(calls.encryptDatakey(keyId, DEK + DEK_SHA_256, DEK_BYTES, AAD), tokenText));
    String cipherText = wrapped.body().path("cipher_text").asString();

    Answer unwrapped =
        transcript.step(
            "Unwrap it",
            authorized(calls.decryptDatakey(keyId, cipherText, DEK_BYTES, AAD), tokenText));
    String dek = unwrapped.body().path("data_key").asString().toLowerCase(Locale.ROOT);
    if (!dek.equals(DEK)) {
      throw new StepFailed("the unwrapped data key is not the one that was wrapped");
    }
  }

  private static Api.Request authorized(Api.Request request, String token) {
    return request.with("X-Auth-Token", token);
  }

  /// The address, if nothing listens there yet, with a real port in place of 0.
  private static String free(String address) throws IOException {
    URI uri = URI.create("http://" + address);
    try (var probe = new ServerSocket(uri.getPort(), 1, InetAddress.getByName(uri.getHost()))) {
      return uri.getHost() + ":" + probe.getLocalPort();
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The signal was there first, and the hook ends the process.
    }
  }

  private static void stopAndExit(ServerProcess server) {
    server.stop();
    Runtime.getRuntime().halt(OK);
  }

  private static int fail(String message) {
    System.err.println("keyhold: demo: " + message);
    return FAILED;
  }
}
