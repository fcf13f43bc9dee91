package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.keyhold.cli.Command;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.DefaultParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A root key behind a passphrase, as the commands use it.
class PassphraseTest {
  private static final PrintStream NOBODY = new PrintStream(OutputStream.nullOutputStream());

  @TempDir private Path folder;
  private Path old = Path.of("");

  @BeforeEach
  void initialised() throws Exception {
    old = passphrase("old", "correct horse\n");
    assertThat(run(new InitCommand(NOBODY), "data", old)).isEqualTo(Main.OK);
  }

  private Path passphrase(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private int run(Command command, String data, Path passphrase, String... more) throws Exception {
    var arguments =
        new ArrayList<>(
            List.of(
                "--data",
                folder.resolve(data).toString(),
                "--set",
                "seal.type=passphrase",
                "--set",
                "seal.file=" + folder.resolve("root.key"),
                "--set",
                "seal.passphrase-file=" + passphrase));
    arguments.addAll(List.of(more));
    return command.run(
        new DefaultParser().parse(command.options(), arguments.toArray(String[]::new)));
  }

  @Test
  void restoreReadsAPassphraseFromAPipeOnce() throws Exception {
    Path backup = folder.resolve("backup");
    run(new BackupCommand(), "data", old, "--output", backup.toString());
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().waitFor())
        .isZero();
    Thread.ofVirtual()
        .start(() -> {
          try {
            Files.write(pipe, Files.readAllBytes(old));
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        });

    int code =
        assertTimeoutPreemptively(
            Duration.ofSeconds(60),
            () -> run(new RestoreCommand(), "restored", pipe, "--input", backup.toString()));

    assertThat(code).isEqualTo(Main.OK);
    assertThat(run(new StoreCommand(NOBODY), "restored", old, "verify")).isEqualTo(Main.OK);
  }
}
