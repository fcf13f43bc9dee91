package dev.keyhold.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the launcher makes beside the jar so that a start takes half the time: the tests start some
/// hundreds of servers. Made by the launcher, once for all test processes; a JVM that it does not
/// fit passes it over.
final class AotCache {
  private static final Map<Path, Optional<Path>> KNOWN = new ConcurrentHashMap<>();

  private AotCache() {}

  /// Empty when there is no launcher beside the sources of this jar, or it could not make one.
  static Optional<Path> of(Path jar) {
    return KNOWN.computeIfAbsent(jar, AotCache::find);
  }

  private static Optional<Path> find(Path jar) {
    Path cache = jar.resolveSibling("keyhold.aot");
    Path launcher = jar.resolve("../../../keyhold").normalize();
    try (var lock =
            FileChannel.open(
                jar.resolveSibling("aot.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        var _ = lock.lock()) {
      if (isOlder(cache, jar) && Files.isExecutable(launcher)) {
        var made = new ProcessBuilder(launcher.toString(), "prepare-if-needed");
        made.environment().keySet().removeIf(name -> name.startsWith("KEYHOLD_"));
        made.environment().put("JAVA_HOME", System.getProperty("java.home"));
        made.inheritIO().start().waitFor();
      }
      return isOlder(cache, jar) || Files.size(cache) == 0 ? Optional.empty() : Optional.of(cache);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", interrupt);
    }
  }

  private static boolean isOlder(Path cache, Path jar) throws IOException {
    return !Files.exists(cache)
        || Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) < 0;
  }
}
