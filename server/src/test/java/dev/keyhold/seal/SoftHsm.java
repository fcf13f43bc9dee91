package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// PKCS#11 tokens in files, by SoftHSM2. The module reads where they are once a process, so all
/// tests share one token, and each has keys of its own in it. A second one is for the test that
/// needs a token to which nobody has logged in: a login is the whole process's.
public final class SoftHsm {
  private static final Path LIBRARY = Path.of("/usr/lib/softhsm/libsofthsm2.so");
  private static final String PIN = "98765432";

  private SoftHsm() {}

  public static boolean isInstalled() {
    return Files.exists(LIBRARY);
  }

  /// The token. Skips the test where SoftHSM2 is not installed.
  ///
  /// @param folder for the PIN file
  public static Hsm.Token token(Path folder) {
    return token(folder, 0, PIN);
  }

  /// The second token.
  static Hsm.Token untouched(Path folder, String pin) {
    return token(folder, 1, pin);
  }

  private static Hsm.Token token(Path folder, int slot, String pin) {
    if (System.getenv("CI") == null) {
      assumeThat(LIBRARY).as("SoftHSM2 (Debian: softhsm2) is needed for this test").exists();
    }
    initialise();
    Path file = folder.resolve("hsm.pin");
    write(file, pin);
    return new Hsm.Token("soft", LIBRARY, slot, file);
  }

  static void write(Path file, String pin) {
    try {
      Files.writeString(file, pin + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where the token's objects lie.
  static Path tokens() {
    return Path.of(System.getenv("SOFTHSM2_CONF")).resolveSibling("tokens");
  }

  static String rightPin() {
    return PIN;
  }

  private static synchronized void initialise() {
    Path configuration = Path.of(System.getenv("SOFTHSM2_CONF"));
    if (Files.exists(configuration)) {
      return;
    }
    try {
      Files.createDirectories(tokens());
      Files.writeString(
          configuration, "directories.tokendir = " + tokens() + "\nobjectstore.backend = file\n");
      for (String label : List.of("shared", "untouched")) {
        initialise(label);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static void initialise(String label) throws IOException, InterruptedException {
    Process tool =
        new ProcessBuilder(
                List.of(
                    "softhsm2-util",
                    "--init-token",
                    "--free",
                    "--label",
                    label,
                    "--so-pin",
                    "12345678",
                    "--pin",
                    PIN))
            .inheritIO()
            .start();
    assertThat(tool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(tool.exitValue()).isZero();
  }
}
