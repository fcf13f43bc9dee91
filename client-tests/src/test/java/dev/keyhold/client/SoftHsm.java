package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A PKCS#11 token in files, by SoftHSM2, and what a server needs to use it.
///
/// @param folder of the token and of the PIN file
record SoftHsm(Path folder) {
  private static final Path LIBRARY = Path.of("/usr/lib/softhsm/libsofthsm2.so");
  private static final String PIN = "98765432";

  /// Makes one. Skips the test where SoftHSM2 is not installed.
  static SoftHsm in(Path folder) {
    if (System.getenv("CI") == null) {
      assumeThat(LIBRARY).as("SoftHSM2 (Debian: softhsm2) is needed for this test").exists();
    }
    var made = new SoftHsm(folder);
    try {
      Files.createDirectories(made.tokens());
      Files.writeString(
          made.configuration(),
          "directories.tokendir = " + made.tokens() + "\nobjectstore.backend = file\n");
      made.writePin(PIN);
      var builder =
          new ProcessBuilder(
              "softhsm2-util",
              "--init-token",
              "--free",
              "--label",
              "keyhold",
              "--so-pin",
              "12345678",
              "--pin",
              PIN);
      builder.environment().putAll(made.environment());
      Process tool = builder.inheritIO().start();
      assertThat(tool.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(tool.exitValue()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    return made;
  }

  void attachTo(ServerProcess server) {
    environment().forEach(server::withEnvironment);
    server.with("hsm.library", LIBRARY.toString()).with("hsm.pin-file", pinFile().toString());
  }

  void writePin(String pin) {
    try {
      Files.writeString(pinFile(), pin + "\n");
      Files.setPosixFilePermissions(pinFile(), PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void writeRightPin() {
    writePin(PIN);
  }

  /// The token is away: its files are.
  void takeAway() {
    move(tokens(), folder.resolve("away"));
  }

  void putBack() {
    move(folder.resolve("away"), tokens());
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Map<String, String> environment() {
    return Map.of("SOFTHSM2_CONF", configuration().toString());
  }

  private Path configuration() {
    return folder.resolve("softhsm2.conf");
  }

  private Path tokens() {
    return folder.resolve("tokens");
  }

  private Path pinFile() {
    return folder.resolve("pin");
  }
}
