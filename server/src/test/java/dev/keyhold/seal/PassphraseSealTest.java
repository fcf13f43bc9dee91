package dev.keyhold.seal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Argon2id;
import dev.keyhold.crypto.KeyMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassphraseSealTest {
  private static final Argon2id.Cost CHEAP = new Argon2id.Cost(8, 1, 1);
  private static final byte[] AAD = {7};

  @TempDir Path folder;

  @Test
  void defaultCostFitsIntoTheHeapOfTheLauncher() {
    PassphraseSeal.requireMemory(PassphraseSeal.DEFAULT_COST.kib() / 1024, 62);
    assertThatThrownBy(() -> PassphraseSeal.requireMemory(64, 62))
        .isInstanceOf(SealException.class)
        .hasMessageContaining("KEYHOLD_JAVA_OPTS=-Xmx128m");
  }

  @Test
  void rightPassphraseOpensAfterRestart() {
    byte[] wrapped = create("correct horse 电池");
    assertOpens("correct horse 电池", wrapped);
  }

  @Test
  void wrongPassphraseIsRefusedInOneSentence() {
    create("correct horse");
    for (String wrong :
        new String[] {"", "correct hors", "correct horsf", "correct horse ", "Correct horse"}) {
      FileSealTest.assertRefused(
          () -> PassphraseSeal.open(file(), wrong.toCharArray()),
          "The passphrase does not open the seal file");
    }
  }

  @Test
  void passphraseIsChangedWithoutTouchingWhatIsWrapped() throws IOException {
    byte[] wrapped = create("old passphrase");

    PassphraseSeal.changePassphrase(
        file(), "old passphrase".toCharArray(), "new passphrase".toCharArray(), CHEAP);

    assertOpens("new passphrase", wrapped);
    FileSealTest.assertRefused(
        () -> PassphraseSeal.open(file(), "old passphrase".toCharArray()), "does not open");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
  }

  @Test
  void wrongOldPassphraseChangesNothing() throws IOException {
    create("old passphrase");
    byte[] before = Files.readAllBytes(file());
    FileSealTest.assertRefused(
        () ->
            PassphraseSeal.changePassphrase(
                file(), "not it".toCharArray(), "new passphrase".toCharArray(), CHEAP),
        "does not open");
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
  }

  @Test
  void shortPassphraseIsRefused() {
    FileSealTest.assertRefused(
        () -> PassphraseSeal.create(file(), "1234567".toCharArray(), CHEAP), "at least 8");
    assertThat(file()).doesNotExist();
  }

  @Test
  void defaultCostIsWrittenInTheFile() throws IOException {
    PassphraseSeal.create(file(), "passphrase".toCharArray()).close();
    assertThat(Files.readString(file()))
        .matches(
            """
            keyhold-passphrase-seal-v1
            argon2id m=16384,t=16,p=4 [A-Za-z0-9+/]{22}==
            root-key [A-Za-z0-9+/]{96}
            [0-9a-f]{8}
            """);
  }

  @Test
  void existingFileIsNeverReplaced() throws IOException {
    create("passphrase");
    byte[] before = Files.readAllBytes(file());
    FileSealTest.assertRefused(
        () -> PassphraseSeal.create(file(), "passphrase".toCharArray(), CHEAP), "already");
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
  }

  @Test
  void damagedFileIsToldFromAWrongPassphrase() throws IOException {
    create("passphrase");
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      FileSealTest.assertRefused(this::open, "The seal file");
    }
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] altered = whole.clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file(), altered);
      FileSealTest.assertRefused(this::open, "The seal file");
    }
  }

  /// With a checksum to match: what was agreed upon is authenticated.
  @Test
  void alteredParametersDoNotOpen() throws IOException {
    create("passphrase");
    replaceAndSum("m=8,t=1", "m=16,t=1");
    FileSealTest.assertRefused(this::open, "does not open");
  }

  @Test
  void parametersBeyondReasonAreRefused() throws IOException {
    create("passphrase");
    replaceAndSum("m=8,t=1", "m=9999999,t=1");
    FileSealTest.assertRefused(this::open, "out of range");
  }

  private void replaceAndSum(String old, String next) throws IOException {
    String text = Files.readString(file());
    byte[] checked =
        text.substring(0, text.length() - Checksum.CHARS - 1).replace(old, next).getBytes(US_ASCII);
    byte[] sum = Checksum.of(checked, checked.length);
    Files.writeString(file(), new String(checked, US_ASCII) + new String(sum, US_ASCII) + "\n");
  }

  private byte[] create(String passphrase) {
    try (Seal seal = PassphraseSeal.create(file(), passphrase.toCharArray(), CHEAP);
        var kek = new KeyMaterial(new byte[] {1, 2, 3})) {
      return seal.wrap(kek, AAD);
    }
  }

  private void open() {
    PassphraseSeal.open(file(), "passphrase".toCharArray()).close();
  }

  private void assertOpens(String passphrase, byte[] wrapped) {
    try (Seal seal = PassphraseSeal.open(file(), passphrase.toCharArray());
        KeyMaterial kek = seal.unwrap(wrapped, AAD)) {
      assertThat(kek.<byte[]>lend(byte[]::clone)).containsExactly(1, 2, 3);
    }
  }

  private Path file() {
    return folder.resolve("seal");
  }
}
