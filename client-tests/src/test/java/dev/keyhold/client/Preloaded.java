package dev.keyhold.client;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The C sources of the tests, made into libraries to be preloaded into a server.
final class Preloaded {
  private Preloaded() {}

  /// @param name of a file in `src/test/c`, without its ending
  /// @param folder where the library goes
  /// @return empty where there is no C compiler
  static Optional<Path> compile(String name, Path folder) {
    Path library = folder.resolve(name + ".so");
    Path source = Path.of(System.getProperty("keyhold.c", "src/test/c"), name + ".c");
    try {
      Process compiler =
          new ProcessBuilder(
                  "cc", "-shared", "-fPIC", "-O2", "-o", library + "", source + "", "-lpthread")
              .inheritIO()
              .start();
      if (!compiler.waitFor(60, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
        throw new AssertionError(source + " does not compile");
      }
      return Optional.of(library);
    } catch (IOException _) {
      return Optional.empty();
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", interrupt);
    }
  }

  /// Skips the test where there is no C compiler, unless this is CI.
  static <T> T required(Optional<T> library) {
    if (System.getenv("CI") == null) {
      assumeThat(library).as("a C compiler (cc) is needed").isPresent();
    }
    return library.orElseThrow();
  }
}
