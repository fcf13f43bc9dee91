package dev.keyhold.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A development server on 127.0.0.1 in a process of its own.
public final class ServerProcess implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(2);
  private static final byte[] IS_READY =
      "GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final String OK = "HTTP/1.1 200";

  private final Process process;
  private final int port;
  private final Path log;
  private final long launchedAt;
  private final Thread killer = new Thread(this::kill, "kill-server");

  private ServerProcess(Process process, int port, Path log, long launchedAt) {
    this.process = process;
    this.port = port;
    this.log = log;
    this.launchedAt = launchedAt;
  }

  /// @param data folder of the store
  /// @param log gets what the process prints
  public static ServerProcess start(Launch launch, Path data, Path log, List<String> javaOptions)
      throws IOException {
    int port = freePort();
    ProcessBuilder builder =
        launch
            .development(port, data, javaOptions)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    long launchedAt = System.nanoTime();
    var server = new ServerProcess(builder.start(), port, log, launchedAt);
    Runtime.getRuntime().addShutdownHook(server.killer); // whoever ends the bench ends its server
    return server;
  }

  private static int freePort() throws IOException {
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  public int port() {
    return port;
  }

  public String authority() {
    return "127.0.0.1:" + port;
  }

  /// Waits for the first 200 of `/health/ready`.
  ///
  /// @return the time since the launch
  public Duration awaitReady() throws IOException, InterruptedException {
    while (!isReady()) {
      if (!process.isAlive()) {
        throw failed("ended with exit code " + process.exitValue());
      }
      if (sinceLaunch().compareTo(READY_WITHIN) > 0) {
        throw failed("was not ready within " + READY_WITHIN.toSeconds() + " s");
      }
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    }
    return sinceLaunch();
  }

  private Duration sinceLaunch() {
    return Duration.ofNanos(System.nanoTime() - launchedAt);
  }

  /// By a bare socket: an HTTP client would take longer than what it is to measure.
  private boolean isReady() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setSoTimeout((int) READY_WITHIN.toMillis());
      socket.getOutputStream().write(IS_READY);
      byte[] status = socket.getInputStream().readNBytes(OK.length());
      return new String(status, StandardCharsets.US_ASCII).equals(OK);
    } catch (IOException _) {
      return false; // nobody listens yet
    }
  }

  private LoadFailed failed(String what) throws IOException {
    List<String> lines = Files.readAllLines(log);
    List<String> end = lines.subList(Math.max(0, lines.size() - 15), lines.size());
    return new LoadFailed("the server " + what + ":\n  " + String.join("\n  ", end));
  }

  /// What the server's JVM has used so far. The launcher becomes the JVM, or is its parent.
  public ProcessUse use() throws IOException {
    return ProcessUse.of(java());
  }

  private long java() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .filter(handle -> handle.info().command().orElse("").endsWith("/java"))
        .mapToLong(ProcessHandle::pid)
        .findFirst()
        .orElseGet(process::pid);
  }

  /// Asks the server to drain and end.
  ///
  /// @return how long that took
  public Duration stop() throws IOException, InterruptedException {
    long asked = System.nanoTime();
    process.destroy();
    if (!process.waitFor(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
      throw failed("did not end within " + STOP_WITHIN.toSeconds() + " s of SIGTERM");
    }
    if (process.exitValue() != 0) {
      throw failed("ended with exit code " + process.exitValue() + " after SIGTERM");
    }
    return Duration.ofNanos(System.nanoTime() - asked);
  }

  /// For the case that something went wrong before [#stop].
  @Override
  public void close() {
    kill();
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException _) {
      // This process is ending, and the hook at work.
    }
  }

  private void kill() {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
