package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the first release wrote. These samples are never changed: every later one must read them.
class StoredSamplesTest {
  private static final String KEK =
      "011b6d423dae2f539c1b7e060b14b7730d085a6f153be260074378a75fc0bd53c332b97a25e9f824606e6cc7"
          + "818e2c7260ce51364ee30f550b890e6bd01dd10e66de1fa00663a9b35857895cf6760c48ce";
  private static final String WRAPPED_SECRET =
      "01010000007db4e0e694bb9a5645a561c34f85c22db2e75e34558a269fb7a0923051e65e07fb207b96d0c6a4"
          + "4ccf3806f034b526697423a4b8ac70cd9a6b24fbb9d6d252477aeb2ef5895be069";
  private static final String MAC =
      "0100000092287a514f7de2de842fbe0bf6013c3b1e2cf92ec97d5951d3732b9d4f5615f9";
  private static final String DERIVED =
      "7020f571bb6e46dfffd0cfd8370aebc791be02312f602326a136cf120c005ffd";

  private static final String PASSPHRASE = "correct horse 电池";
  private static final String PASSPHRASE_FILE =
      """
      keyhold-passphrase-seal-v1
      argon2id m=64,t=2,p=2 hkiDwFAgLr6zZt2foRp+Ow==
      root-key j5aLfRVGlCaIdRoiIgI9MHLKaUYaINC2r7mcN12B/puXwYPN1DWOS2v6uRCjXrQP8kSX+T2RY/y9qurmGyi7IfomtowzoAAw
      db89c116
      """;
  private static final String WRAPPED_UNDER_PASSPHRASE_SEAL =
      "01197877e542d5a36ee690f0f031682086ab9f56b81ff00e3ba6dcb0bdfc07565da15a1c3e29e13815661555"
          + "d2088e8d37f54148";

  private final KekScope scope =
      new KekScope.OfProject(new ProjectId("0123456789abcdef0123456789abcdef"));
  private final MemoryKekRepository repository = new MemoryKekRepository();
  private final Keks keks = new Keks(KeksTest.rootKey(1), repository);

  @BeforeEach
  void store() {
    repository.rows.add(new StoredKek(scope.storedName(), 1, bytes(KEK)));
  }

  @Test
  void wrappedSecretOpens() {
    try (KeyMaterial secret =
        keks.unwrap(
            scope, new RowIdentity("cmk_material", "k1", "0", "AES_256"), bytes(WRAPPED_SECRET))) {
      assertThat(secret.<byte[]>lend(byte[]::clone))
          .isEqualTo("thirty-two bytes of a secret key".getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Test
  void macMatches() {
    byte[] row = {1, 2, 3};
    assertThat(keks.macMatches(scope, "cmk", row, bytes(MAC))).isTrue();
    assertThat(keks.mac(scope, "cmk", row)).isEqualTo(bytes(MAC));
  }

  @Test
  void derivedKeyIsTheSame() {
    try (KeyMaterial key = keks.derive(scope, "tokens", 32)) {
      assertThat(key.<byte[]>lend(byte[]::clone)).isEqualTo(bytes(DERIVED).lent());
    }
  }

  @Test
  void passphraseFileOpens(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("seal");
    Files.writeString(file, PASSPHRASE_FILE);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    try (Seal seal = PassphraseSeal.open(file, PASSPHRASE.toCharArray());
        KeyMaterial kek =
            seal.unwrap(bytes(WRAPPED_UNDER_PASSPHRASE_SEAL).lent(), new byte[] {7})) {
      assertThat(kek.<byte[]>lend(byte[]::clone)).containsExactly(1, 2, 3);
    }
  }

  private static Bytes bytes(String hex) {
    return Bytes.owning(HexFormat.of().parseHex(hex));
  }
}
