package dev.keyhold.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keyhold.TestPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/// A Keyhold server as an operator runs it: a process and a data folder, and nothing shared with
/// the test but the loopback interface.
///
/// Each start takes a free port of its own. Ends only the process that it started itself; none is
/// left behind when the test JVM ends.
final class ServerProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private static final HttpClient PLAIN = probe(HttpClient.newBuilder());

  private final Path data;
  private final boolean deleteData;
  private final Path output;
  private final Path work;
  private final Map<String, String> properties = new TreeMap<>();
  private final Map<String, String> environment = new TreeMap<>();
  private Optional<Process> process = Optional.empty();
  private Optional<Integer> fixedPort = Optional.empty();
  private Optional<HttpClient> overTls = Optional.empty();
  private int port;

  private ServerProcess(Path data, boolean deleteData) {
    this.data = data;
    this.deleteData = deleteData;
    this.output = KeyholdProcess.newOutput("server");
    this.work = output.resolveSibling(output.getFileName() + ".work");
  }

  private static HttpClient probe(HttpClient.Builder builder) {
    return builder
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(2))
        .build();
  }

  static ServerProcess on(Path data) {
    return new ServerProcess(data, false);
  }

  /// On a new folder, which goes with the server.
  static ServerProcess onNewFolder() {
    return new ServerProcess(newFolder(), true);
  }

  static Path newFolder() {
    try {
      return Files.createTempDirectory("keyhold-client-test-");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// On this port at each start, for those that must know it before.
  ServerProcess onPort(int number) {
    fixedPort = Optional.of(number);
    return this;
  }

  /// A property of the configuration file, for the next start.
  ServerProcess with(String property, String value) {
    properties.put(property, value);
    return this;
  }

  /// Without `--dev`, over TLS, on what `init` has made in the data folder.
  ///
  /// @param anchor by which the server is known
  ServerProcess inProduction(TrustAnchor anchor) {
    overTls = Optional.of(probe(HttpClient.newBuilder().sslContext(anchor.context())));
    return this;
  }

  /// An environment variable, for the next start.
  ServerProcess withEnvironment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /// Starts the server and waits until it is ready.
  ///
  /// @return how long that took
  Duration start() {
    var _ =
        AotCache.of(
            KeyholdProcess.jar()); // the first start of a build makes it, which may take a minute
    long launched = System.nanoTime();
    launch();
    awaitReady();
    return Duration.ofNanos(System.nanoTime() - launched);
  }

  /// Waits until the launched server is ready.
  void awaitReady() {
    long began = System.nanoTime();
    Process started = running();
    while (!isReady()) {
      if (!started.isAlive()) {
        throw new AssertionError(
            "the server stopped with exit code " + started.exitValue() + ":\n" + output());
      }
      if (System.nanoTime() - began > START_LIMIT.toNanos()) {
        kill();
        throw new AssertionError("the server is not ready after " + START_LIMIT + ":\n" + output());
      }
      pause(Duration.ofMillis(10));
    }
  }

  /// Waits until the launched server has opened the embedded database: most of its start is ahead,
  /// and a kill meets it at work.
  void awaitStore() {
    Process started = running();
    await(
        START_LIMIT,
        () -> {
          if (!started.isAlive()) {
            throw new AssertionError("the server stopped:\n" + output());
          }
          return hasOpened(data.resolve("keyhold.db"));
        });
  }

  private boolean hasOpened(Path file) {
    try (var all = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
      for (Path each : all.toList()) {
        if (Files.exists(file) && Files.exists(each) && Files.isSameFile(each, file)) {
          return true;
        }
      }
      return false;
    } catch (IOException _) {
      return false; // one was closed meanwhile
    }
  }

  /// Starts the server and does not wait for anything.
  Process launch() {
    if (process.isPresent()) {
      throw new IllegalStateException("the server runs already");
    }
    port = fixedPort.orElseGet(TestPorts::free);
    var arguments = new ArrayList<>(List.of("server", "--listen", "127.0.0.1:" + port));
    if (overTls.isEmpty()) {
      arguments.add("--dev");
    }
    arguments.add("--data");
    arguments.add(data.toString());
    properties.forEach((name, value) -> {
      arguments.add("--set");
      arguments.add(name + "=" + value);
    });
    Process started = KeyholdProcess.spawnIn(work, output, environment, arguments);
    process = Optional.of(started);
    return started;
  }

  private boolean isReady() {
    var request =
        HttpRequest.newBuilder(URI.create(endpoint() + "/health/ready"))
            .timeout(Duration.ofSeconds(5))
            .build();
    try {
      return overTls.orElse(PLAIN).send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (ConnectException _) {
      return false;
    } catch (IOException _) {
      return false; // accepted, but not served yet
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", interrupt);
    }
  }

  /// SIGTERM, as a service manager does it.
  ///
  /// @return the exit code
  int stop() {
    Process running = running();
    running.destroy();
    int exitCode = KeyholdProcess.exitCode(running, output);
    process = Optional.empty();
    return exitCode;
  }

  /// SIGKILL: the server learns nothing of it.
  void kill() {
    Process running = running();
    running.destroyForcibly();
    KeyholdProcess.exitCode(running, output);
    process = Optional.empty();
  }

  private Process running() {
    return process.orElseThrow(() -> new IllegalStateException("the server does not run"));
  }

  boolean isRunning() {
    return process.isPresent();
  }

  long pid() {
    return running().pid();
  }

  String endpoint() {
    return (overTls.isPresent() ? "https" : "http") + "://127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  Path data() {
    return data;
  }

  /// Its working directory, with its folder for temporary files in it. Goes with the server.
  Path work() {
    return work;
  }

  /// What it printed so far, over all its starts.
  String output() {
    return KeyholdProcess.text(output);
  }

  Tenant tenant() {
    return Tenant.of(credentials());
  }

  /// The second account, which shares nothing with the first.
  Tenant otherTenant() {
    return Tenant.of(credentials().path("other"));
  }

  private JsonNode credentials() {
    try {
      return new ObjectMapper().readTree(data.resolve("dev-credentials.json").toFile());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    process.ifPresent(running -> {
      running.destroyForcibly();
      KeyholdProcess.exitCode(running, output);
    });
    process = Optional.empty();
    if (Files.exists(work)) {
      delete(work);
    }
    if (deleteData) {
      delete(data);
    }
  }

  static void delete(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Waits until something is so, and fails when it is not in time.
  static void await(Duration most, BooleanSupplier state) {
    long start = System.nanoTime();
    while (!state.getAsBoolean()) {
      if (System.nanoTime() - start > most.toNanos()) {
        throw new AssertionError("still not so after " + most);
      }
      pause(Duration.ofMillis(20));
    }
  }

  static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", interrupt);
    }
  }
}
