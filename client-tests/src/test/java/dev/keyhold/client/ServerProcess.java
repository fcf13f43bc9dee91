package dev.keyhold.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keyhold.chaos.Chaos;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/// A Keyhold server as an operator runs it: a process and a data folder, and nothing shared with
/// the test but the loopback interface.
///
/// Each start takes a free port of its own. Ends only the process that it started itself; none is
/// left behind when the test JVM ends.
final class ServerProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  /// Those of the launcher.
  private static final List<String> JVM_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "-Xmx64m",
          "-XX:CompileThresholdScaling=2",
          "-XX:Tier4InvocationThreshold=20000",
          "-XX:Tier4MinInvocationThreshold=6000",
          "-XX:Tier4CompileThreshold=40000",
          "-XX:Tier4BackEdgeThreshold=400000",
          "-XX:+DisableAttachMechanism",
          "-XX:-HeapDumpOnOutOfMemoryError",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:-CreateCoredumpOnCrash",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Xlog:aot=off",
          "-Xlog:cds=off");

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

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
    this.output = newOutput("server");
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
    var _ = AotCache.of(jar()); // the first start of a build makes it, which may take a minute
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

  /// Starts the server and does not wait for anything.
  Process launch() {
    if (process.isPresent()) {
      throw new IllegalStateException("the server runs already");
    }
    port = fixedPort.orElseGet(ServerProcess::freePort);
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
    Process started = spawnIn(work, output, environment, arguments);
    process = Optional.of(started);
    return started;
  }

  /// Runs `keyhold` with these arguments, its output appended to a file. The process is killed with
  /// the test JVM at the latest.
  static Process spawn(Path output, Map<String, String> environment, List<String> arguments) {
    return spawnIn(outputFolder(), output, environment, arguments);
  }

  private static Process spawnIn(
      Path work, Path output, Map<String, String> environment, List<String> arguments) {
    return started(
        command(work, environment, arguments)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())));
  }

  /// Likewise, what it tells apart from what it makes.
  static Process spawn(
      Path product, Path output, Map<String, String> environment, List<String> arguments) {
    return started(
        command(outputFolder(), environment, arguments)
            .redirectOutput(product.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(output.toFile())));
  }

  private static ProcessBuilder command(
      Path work, Map<String, String> environment, List<String> arguments) {
    if (!Files.exists(jar())) {
      throw new AssertionError(jar() + " is not there: build the server first (./mvnw package)");
    }
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_FLAGS);
    if (!Chaos.measures()) {
      // Most live for seconds, half of which optimising would take.
      command.add("-XX:TieredStopAtLevel=1");
    }
    AotCache.of(jar())
        .ifPresent(cache -> {
          command.add("-XX:AOTCache=" + cache);
          // Beside it lie the native libraries, which each start would unpack for itself.
          command.add("-Dorg.sqlite.lib.path=" + cache.resolveSibling("native"));
          command.add("-Djava.library.path=" + cache.resolveSibling("native"));
        });
    Path temporary = work.resolve("tmp");
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-jar");
    command.add(jar().toString());
    command.addAll(arguments);
    try {
      Files.createDirectories(temporary);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    var builder =
        new ProcessBuilder(command).directory(work.toFile()); // where there is no keyhold.yaml
    builder.environment().keySet().removeIf(name -> name.startsWith("KEYHOLD_"));
    builder.environment().putAll(environment);
    return builder;
  }

  private static Process started(ProcessBuilder builder) {
    try {
      Process started = builder.start();
      RUNNING.add(started);
      var _ = started.onExit().thenAccept(RUNNING::remove);
      return started;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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
    int exitCode = exitCode(running, output);
    process = Optional.empty();
    return exitCode;
  }

  /// SIGKILL: the server learns nothing of it.
  void kill() {
    Process running = running();
    running.destroyForcibly();
    exitCode(running, output);
    process = Optional.empty();
  }

  static int exitCode(Process process, Path output) {
    try {
      if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "the process did not end within " + STOP_LIMIT + ":\n" + text(output));
      }
      return process.exitValue();
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", interrupt);
    }
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
    return text(output);
  }

  private static String text(Path output) {
    try {
      return Files.exists(output) ? Files.readString(output) : "";
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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
      exitCode(running, output);
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

  /// That an earlier run may have left a file of this name does not count.
  static Path newOutput(String name) {
    Path file = outputFolder().resolve(name + "-" + COUNT.incrementAndGet() + ".log");
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return file;
  }

  private static Path jar() {
    return Path.of(System.getProperty("keyhold.jar", "../server/target/keyhold.jar"))
        .toAbsolutePath()
        .normalize();
  }

  private static Path outputFolder() {
    return Path.of(System.getProperty("keyhold.output", "target/server-output")).toAbsolutePath();
  }

  static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
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
