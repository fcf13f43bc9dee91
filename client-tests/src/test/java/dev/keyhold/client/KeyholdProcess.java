package dev.keyhold.client;

import dev.keyhold.chaos.Chaos;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs `keyhold`, whichever command, as a process of its own with what the launcher would give it.
/// None is left behind when the test JVM ends.
final class KeyholdProcess {
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

  private KeyholdProcess() {}

  /// Runs `keyhold` with these arguments, its output appended to a file. The process is killed with
  /// the test JVM at the latest.
  static Process spawn(Path output, Map<String, String> environment, List<String> arguments) {
    return spawnIn(outputFolder(), output, environment, arguments);
  }

  /// @param work where it runs
  static Process spawnIn(
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

  /// Waits for the end of a process, or kills it.
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

  /// What a process has printed so far; nothing yet is nothing.
  static String text(Path output) {
    try {
      return Files.exists(output) ? Files.readString(output) : "";
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

  /// The product.
  static Path jar() {
    return Path.of(System.getProperty("keyhold.jar", "../server/target/keyhold.jar"))
        .toAbsolutePath()
        .normalize();
  }

  private static Path outputFolder() {
    return Path.of(System.getProperty("keyhold.output", "target/server-output")).toAbsolutePath();
  }
}
