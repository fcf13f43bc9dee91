package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands whose standard output has no room. Whoever keeps what they print must not take half of
/// it for all.
class FullOutputTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"search", "export"})
  void recordsThatCantBePrintedFailTheCommand(String command) throws IOException {
    SharedServer.http().kms("list-keys", Map.of()).ok();
    String data = SharedServer.server().data().toString();

    assertThat(told(1, "audit", command, "--data", data))
        .isEqualTo("keyhold: failed: No space left on device.\n");
  }

  @Test
  void credentialsThatCantBePrintedAreNobodys() throws IOException {
    String data = folder.resolve("data").toString();

    assertThat(told(1, "init", "--data", data))
        .isEqualTo("keyhold: The credentials could not be printed: no administrator was made.\n");
    Path printed = folder.resolve("printed");
    Process again =
        KeyholdProcess.spawn(printed, printed, Map.of(), List.of("init", "--data", data));
    assertThat(KeyholdProcess.exitCode(again, printed)).isZero();

    assertThat(told(1, "passwd", "--data", data))
        .isEqualTo("keyhold: The password could not be printed: nothing has changed.\n");
  }

  /// Runs a command, and returns what it tells on standard error.
  private String told(int exitCode, String... command) throws IOException {
    Path told = Files.createTempFile(folder, "told", ".txt");
    Process process = KeyholdProcess.spawn(Path.of("/dev/full"), told, Map.of(), List.of(command));
    assertThat(KeyholdProcess.exitCode(process, told)).isEqualTo(exitCode);
    return Files.readString(told);
  }
}
