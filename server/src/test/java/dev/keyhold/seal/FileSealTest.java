package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.KeyMaterial;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSealTest {
  private static final byte[] AAD = {7};

  /// A stored sample: the key is 0, 1, 2 … 31. It must open for ever.
  private static final String SAMPLE =
      "keyhold-root-key-v1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= 25a87a0f\n";

  /// The bytes 1, 2, 3, wrapped under the sample's key.
  private static final byte[] WRAPPED_SAMPLE =
      HexFormat.of()
          .parseHex(
              "01a41a2875e2acd3c1140b09e6168987547d9b744d3f0a56dd0a7239f36ba0927528e207b23e1c03e4ca875cee7bf3414fb14d99");

  @TempDir Path folder;

  @Test
  void whatItWrapsOpensAfterRestart() {
    byte[] wrapped;
    try (Seal seal = FileSeal.create(file());
        var kek = new KeyMaterial(new byte[] {1, 2, 3})) {
      wrapped = seal.wrap(kek, AAD);
    }
    try (Seal seal = FileSeal.open(file());
        KeyMaterial kek = seal.unwrap(wrapped, AAD)) {
      assertThat(kek.<byte[]>lend(byte[]::clone)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void fileHasOneLineForItsOwnerAlone() throws IOException {
    FileSeal.create(file()).close();
    assertThat(Files.readString(file()))
        .matches("keyhold-root-key-v1 [A-Za-z0-9+/]{43}= [0-9a-f]{8}\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file());
    }
  }

  @Test
  void sampleOpens() throws IOException {
    write(SAMPLE);
    try (Seal seal = FileSeal.open(file());
        KeyMaterial kek = seal.unwrap(WRAPPED_SAMPLE, AAD)) {
      assertThat(kek.<byte[]>lend(byte[]::clone)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void existingFileIsNeverReplaced() throws IOException {
    FileSeal.create(file()).close();
    byte[] before = Files.readAllBytes(file());
    assertRefused(() -> FileSeal.create(file()), "already");
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
  }

  @Test
  void copiesThatAKillHasLeftAreRemoved() throws IOException {
    Path leftover = file().resolveSibling("." + file().getFileName() + ".123456.part");
    Path other = file().resolveSibling("." + file().getFileName() + "2.123456.part");
    Files.writeString(leftover, SAMPLE);
    Files.writeString(other, SAMPLE);
    FileSeal.create(file()).close();
    assertThat(leftover).doesNotExist();
    assertThat(other).exists();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(file(), other);
    }

    Files.writeString(leftover, SAMPLE);
    try (var channel = FileChannel.open(leftover, StandardOpenOption.WRITE);
        var lock = channel.lock()) { // as whoever is writing it
      PrivateFiles.removeLeftovers(file());
      assertThat(lock.isValid()).isTrue();
      assertThat(leftover).exists();
    }
    PrivateFiles.removeLeftovers(file());
    assertThat(leftover).doesNotExist();
  }

  @Test
  void missingFileIsRefused() {
    assertRefused(() -> FileSeal.open(file()), "There is no root key file");
  }

  @Test
  void folderIsRefused() throws IOException {
    Files.createDirectory(file());
    assertRefused(() -> FileSeal.open(file()), "not a regular file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rwx--x---"})
  void fileThatOthersCanAccessIsRefused(String permissions) throws IOException {
    FileSeal.create(file()).close();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString(permissions));
    assertRefused(() -> FileSeal.open(file()), "chmod 600");
  }

  @Test
  void readOnlyFileIsFine() throws IOException {
    FileSeal.create(file()).close();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("r--------"));
    FileSeal.open(file()).close();
  }

  @Test
  void truncatedFileIsRefusedAtEveryLength() throws IOException {
    FileSeal.create(file()).close();
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertRefused(() -> FileSeal.open(file()), "truncated");
    }
  }

  @Test
  void everyAlteredBitIsRefused() throws IOException {
    FileSeal.create(file()).close();
    byte[] whole = Files.readAllBytes(file());
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] altered = whole.clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file(), altered);
      assertRefused(() -> FileSeal.open(file()), "root key file");
    }
  }

  @Test
  void longerFileIsRefused() throws IOException {
    FileSeal.create(file()).close();
    String whole = Files.readString(file());
    for (String more : new String[] {"\n", " ", "x", whole, "x".repeat(5000)}) {
      write(whole + more);
      assertRefused(() -> FileSeal.open(file()), "malformed");
    }
  }

  @Test
  void anotherVersionIsRefused() throws IOException {
    write("keyhold-root-key-v2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= 00000000\n");
    assertRefused(() -> FileSeal.open(file()), "does not begin with keyhold-root-key-v1");
  }

  private Path file() {
    return folder.resolve("root.key");
  }

  private void write(String content) throws IOException {
    Files.writeString(file(), content);
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-------"));
  }

  static void assertRefused(Runnable call, String saying) {
    assertThatThrownBy(call::run)
        .isInstanceOf(SealException.class)
        .hasMessageContaining(saying)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }
}
