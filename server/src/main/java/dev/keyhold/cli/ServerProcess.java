package dev.keyhold.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A server in a process of its own, started the way a user would.
final class ServerProcess {
  private static final long POLL_MILLIS = 20;

  private final Process process;

  private ServerProcess(Process process) {
    this.process = process;
  }

  /// @param arguments after `keyhold`
  static ServerProcess start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(launcher());
    command.addAll(arguments);
    return new ServerProcess(new ProcessBuilder(command).inheritIO().start());
  }

  private static List<String> launcher() {
    return Optional.ofNullable(System.getProperty("keyhold.launcher"))
        .map(List::of)
        .orElseGet(() ->
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.keyhold.Main"));
  }

  /// Waits until the server answers that it is ready.
  ///
  /// @return false when the process ended instead
  boolean awaitReady(Api api) throws InterruptedException {
    while (process.isAlive()) {
      try {
        if (api.send(Api.Request.get("/health/ready")).isSuccess()) {
          return true;
        }
      } catch (IOException _) {
        // Not listening yet.
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return false;
  }

  /// Waits for the end of the process.
  ///
  /// @return its exit code
  int awaitEnd() throws InterruptedException {
    return process.waitFor();
  }

  /// Asks the server to drain and end, and waits for that.
  void stop() {
    process.destroy();
    boolean interrupted = false;
    while (true) {
      try {
        process.waitFor();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
