package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.keyhold.cli.Command;
import dev.keyhold.seal.SealException;
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

  private int verify(Path passphrase) throws Exception {
    return run(new StoreCommand(NOBODY), "data", passphrase, "verify");
  }

  private int change(Path from, Path to) throws Exception {
    return run(
        new PassphraseCommand(NOBODY),
        "data",
        from,
        "change",
        "--new-passphrase-file",
        to.toString());
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

  @Test
  void theNewPassphraseOpensTheSameKeyAndTheOldOneNothing() throws Exception {
    Path next = passphrase("next", "battery staple\n");

    assertThat(change(old, next)).isEqualTo(Main.OK);

    assertThat(verify(next)).isEqualTo(Main.OK);
    assertThatThrownBy(() -> verify(old)).isInstanceOf(SealException.class);
  }

  @Test
  void whatCanNotBeANewPassphraseChangesNothing() throws Exception {
    Path brief = passphrase("brief", "short\n");
    assertThatThrownBy(() -> change(old, brief)).isInstanceOf(SealException.class);
    Path wrong = passphrase("wrong", "another horse\n");
    Path next = passphrase("next", "battery staple\n");
    assertThatThrownBy(() -> change(wrong, next)).isInstanceOf(SealException.class);
    Path exposed =
        Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> change(old, exposed)).isInstanceOf(StartRefused.class);

    assertThat(verify(old)).isEqualTo(Main.OK);
  }

  @Test
  void aRootKeyWithoutAPassphraseHasNoneToChange() {
    Path next = folder.resolve("next");
    var arguments = List.of("change", "--new-passphrase-file", next.toString());
    assertThatThrownBy(() ->
            new PassphraseCommand(NOBODY)
                .run(
                    new DefaultParser()
                        .parse(
                            new PassphraseCommand(NOBODY).options(),
                            arguments.toArray(String[]::new))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("seal.type");
  }
}
