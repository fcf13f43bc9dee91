package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A root key behind a passphrase.
class PassphraseRootKeyTest extends RootKeySetup {
  @Override
  @BeforeEach
  void storeWithKeks() throws Exception {
    passphrase("passphrase", "correct horse\n");
    super.storeWithKeks();
  }

  @Override
  Map<String, String> store(Path data) {
    return Map.of();
  }

  private Path passphrase(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Override
  Map<String, String> seal() {
    return Map.of(
        "seal.type", "passphrase", "seal.passphrase-file", folder.resolve("passphrase").toString());
  }

  private void changePassphrase() throws Exception {
    Path next = passphrase("next", "battery staple\n");
    run(
        new PassphraseCommand(NOBODY),
        flags("a"),
        "change",
        "--new-passphrase-file",
        next.toString());
    Files.copy(
        next, folder.resolve("passphrase"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  @ParameterizedTest
  @EnumSource(names = {"NEXT_WRITTEN", "COMMITTED", "OLD_KEPT"})
  void storeOpensWhereverItWasKilled(RootKeyReplacement.Step last) throws Exception {
    killed(last, "a");
    assertOpens(config("a"));
    if (last == RootKeyReplacement.Step.NEXT_WRITTEN) {
      replace("a");
    }
    assertReplaced("a");
  }

  @Test
  void newRootKeyTakesAnotherPassphrase() throws Exception {
    replace("a");
    changePassphrase();
    verify(flags("a"));
  }

  /// Else the next key's file would open with a passphrase that nobody keeps.
  @Test
  void passphraseIsNotChangedInTheMiddle() throws Exception {
    killed(RootKeyReplacement.Step.COMMITTED, "a");
    assertThatThrownBy(this::changePassphrase)
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("root-key replace");
    Files.copy(
        passphrase("again", "correct horse\n"),
        folder.resolve("passphrase"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertReplaced("a");
  }

  @Test
  void passphraseOfAPipeIsReadOnce() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().waitFor())
        .isZero();
    Thread.ofVirtual()
        .start(() -> {
          try {
            Files.write(pipe, Files.readAllBytes(folder.resolve("passphrase")));
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        });
    Map<String, String> flags = new HashMap<>(flags("a"));
    flags.put("seal.passphrase-file", pipe.toString());
    assertTimeoutPreemptively(
        Duration.ofSeconds(60), () -> run(new RootKeyCommand(NOBODY), flags, "replace"));
    assertReplaced("a");
  }

  /// It was asked for before, and the new passphrase comes when a replacement is under way.
  @Test
  void passphraseThatIsChangedMeanwhileIsThatOfTheNewRootKey() throws Exception {
    Path pipe = folder.resolve("late");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().waitFor())
        .isZero();
    var change =
        new FutureTask<>(() -> {
          run(
              new PassphraseCommand(NOBODY),
              flags("a"),
              "change",
              "--new-passphrase-file",
              pipe.toString());
          return true;
        });
    Thread thread = Thread.ofPlatform().start(change);
    Consumer<RootKeyReplacement.Step> steps =
        step -> {
          try {
            if (step == RootKeyReplacement.Step.CHECKED) {
              Files.writeString(pipe, "battery staple\n"); // waits for who reads it
              thread.join(Duration.ofSeconds(3));
            }
          } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
          }
        };
    run(new RootKeyCommand(NOBODY, steps), flags("a"), "replace");
    assertThat(change.get(30, TimeUnit.SECONDS)).isTrue();
    passphrase("passphrase", "battery staple\n");
    assertOpens(config("a"));
    assertThat(id(rootKey("a"))).isNotEqualTo(oldId);
  }
}
