package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `keyhold demo` as a user runs it, with a real server behind.
class DemoTest {
  private static final String DEK =
      "7549d9aea901767bf3c0b3e14b10722eaf6f59053bbd82045d04e075e809a0fe"
          + "6ccab48f8e5efe74e4b18ff0512525e527b10331100f357bf42125d8d5ced94f";
  private static final String LAST_LINE = "dev-credentials.json";
  private static final long PATIENCE_SECONDS = 60;

  @TempDir private Path folder;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Process demo(String listen) throws IOException {
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.keyhold.Main",
                "demo",
                "--listen",
                listen,
                "--data",
                folder.resolve("data").toString())
            .redirectErrorStream(true);
    // For its server too: both end before optimised code pays.
    builder.environment().put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    Process process = builder.start();
    started.add(process);
    return process;
  }

  /// What a demo prints until it leaves its server to the user.
  private static String transcript(Process demo) throws IOException {
    var lines =
        new BufferedReader(new InputStreamReader(demo.getInputStream(), StandardCharsets.UTF_8));
    var text = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      text.append(line).append('\n');
      if (line.endsWith(LAST_LINE)) {
        return text.toString();
      }
    }
    throw new AssertionError("the demo ended early:\n" + text);
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private static URI endpoint(String transcript) {
    var url = Pattern.compile("http://127\\.0\\.0\\.1:\\d+").matcher(transcript);
    assertThat(url.find()).isTrue();
    return URI.create(url.group());
  }

  private static boolean isListening(URI endpoint) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()));
      return true;
    } catch (ConnectException _) {
      return false;
    }
  }

  @Test
  void wrapsAndUnwrapsAndLeavesTheServerUntilItIsStopped()
      throws IOException, InterruptedException {
    for (int run = 0; run < 2; run++) { // the second finds the first one's data
      Process demo = demo("127.0.0.1:" + TestPorts.free());
      String transcript = transcript(demo);
      URI endpoint = endpoint(transcript);

      assertThat(transcript)
          .containsSubsequence(
              "/v3/auth/tokens",
              "HTTP 201",
              "X-Subject-Token: ",
              "TOKEN='",
              "/kms/create-key'",
              "\"key_spec\":\"AES_256\"",
              "HTTP 200",
              "/kms/encrypt-datakey'",
              DEK + "fbc8ac72b0785ca7fe33eb6776ce3990b11e32b299d9c0a9ee0305fb9540f797",
              "123aad",
              "02009800",
              "/kms/decrypt-datakey'",
              DEK.toUpperCase(Locale.ROOT),
              "came back unchanged");
      assertThat(isListening(endpoint)).isTrue();
      if (run == 1) {
        pastedCommandsWork(transcript);
      }

      demo.destroy();

      assertThat(exitCode(demo)).isZero();
      assertThat(isListening(endpoint)).isFalse();
    }
  }

  /// All but the one that makes a key: its alias is taken.
  private void pastedCommandsWork(String transcript) throws IOException, InterruptedException {
    if (!Files.exists(Path.of("/usr/bin/curl"))) {
      return;
    }
    var script = new StringBuilder("set -e\n");
    var command = Pattern.compile("^(curl (?:.*\\\\\\n)*.*|TOKEN='.*')$", Pattern.MULTILINE);
    command
        .matcher(transcript)
        .results()
        .map(found -> found.group() + "\n")
        .filter(found -> !found.contains("create-key"))
        .forEach(script::append);
    Path file = Files.writeString(folder.resolve("pasted.sh"), script);

    Process shell = new ProcessBuilder("sh", file.toString()).redirectErrorStream(true).start();
    String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(shell.waitFor()).describedAs(output).isZero();
    assertThat(output)
        .containsSubsequence(
            "HTTP/1.1 201", "HTTP/1.1 200", "cipher_text", "HTTP/1.1 200", "data_key");
  }

  @Test
  void takenPortIsToldWithAWayOut() throws IOException, InterruptedException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Process demo = demo("127.0.0.1:" + taken.getLocalPort());
      String output = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(exitCode(demo)).isEqualTo(Main.FAILED);
      assertThat(output).contains("can't listen on 127.0.0.1:" + taken.getLocalPort(), "--listen");
    }
  }

  @Test
  void serverThatDoesNotStartFailsTheDemo() throws IOException, InterruptedException {
    Files.createDirectory(folder.resolve("data"));
    Files.writeString(folder.resolve("data/keyhold.db"), "no database");

    Process demo = demo("127.0.0.1:" + TestPorts.free());
    String output = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(exitCode(demo)).isEqualTo(Main.FAILED);
    assertThat(output).contains("the server ended with exit code 3");
  }
}
