package dev.keyhold.operation;

import static dev.keyhold.operation.TestKms.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.EncryptionKey;
import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.PublicKeyCipher;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReEncryptionTest {
  private static final String OAEP = "RSAES_OAEP_SHA_256";

  @TempDir static Path folder;
  private static TestKms kms;
  private static String aes = "";
  private static String sm4 = "";
  private static String rsa = "";

  @BeforeAll
  static void open() {
    kms = new TestKms(folder);
    aes = kms.key(KeySpec.AES_256);
    sm4 = kms.key(KeySpec.SM4);
    rsa = kms.key(KeySpec.RSA_2048, KeyUsage.ENCRYPT_DECRYPT);
  }

  @AfterAll
  static void close() {
    kms.close();
  }

  /// One side of a move, with what its key needs.
  private record Side(String key, String aad, String algorithm) {
    Side(String key) {
      this(key, "", "");
    }
  }

  private static ReEncryption.Response move(String cipherText, Side from, Side to) {
    return move(cipherText, from, to, Optional.empty());
  }

  private static ReEncryption.Response move(
      String cipherText, Side from, Side to, Optional<String> length) {
    var answer =
        kms.reEncryption.reEncrypt(
            kms.caller,
            new ReEncryption.Request(
                to.key,
                cipherText,
                Optional.of(from.key),
                Optional.of(from.aad),
                Optional.of(from.algorithm),
                Optional.of(to.aad),
                Optional.of(to.algorithm),
                length.map(WireNumber::new),
                Optional.empty()));
    assertThat(answer.keyId()).isEqualTo(to.key);
    return answer;
  }

  private static String encryptData(String key, String text, String algorithm, String aad) {
    return TestKms.text(
        kms.smallData
            .encrypt(
                kms.caller,
                new SmallData.EncryptRequest(
                    key,
                    TestKms.secret(text),
                    Optional.of(algorithm),
                    Optional.of(aad),
                    Optional.empty(),
                    Optional.empty()))
            .cipherText());
  }

  private static String decryptData(String cipherText, Side with) {
    return kms.smallData
        .decrypt(
            kms.caller,
            new SmallData.DecryptRequest(
                cipherText,
                Optional.of(with.key),
                Optional.of(with.algorithm),
                Optional.of(with.aad),
                Optional.empty(),
                Optional.empty()))
        .plainText()
        .lend(String::new);
  }

  private static DataKeys.CreateResponse createDatakey(String key, String aad) {
    return kms.dataKeys.create(
        kms.caller,
        new DataKeys.CreateRequest(
            key,
            Optional.empty(),
            Optional.empty(),
            Optional.of(aad),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  private static byte[] datakey(String cipherText, String key, String aad) {
    return DatakeyPairsTest.decrypt(kms, key, Hex.decode(cipherText).orElseThrow(), aad)
        .dataKey()
        .lent();
  }

  @Test
  void datakeyMovesAndStaysOne() {
    var created = createDatakey(aes, "from");
    String source = Hex.upperText(created.cipherText().lent());

    var moved = move(source, new Side("", "from", ""), new Side(sm4, "to", ""), Optional.of("32"));

    assertThat(moved.sourceKeyId()).isEqualTo(aes);
    assertThat(moved.sourceEncryptionAlgorithm()).isEqualTo("SYMMETRIC_DEFAULT");
    assertThat(moved.destinationEncryptionAlgorithm()).isEqualTo("SYMMETRIC_DEFAULT");
    assertThat(moved.cipherText()).matches("02007800[0-9A-F]{304}");
    assertThat(datakey(moved.cipherText(), sm4, "to")).isEqualTo(created.plainText().lent());
    String data = Base64.getEncoder().encodeToString(Hex.decode(moved.cipherText()).orElseThrow());
    refused(KmsError.INVALID_CIPHERTEXT, () -> decryptData(data, new Side("", "to", "")));
    refused(KmsError.INVALID_CIPHERTEXT, () -> move(data, new Side("", "to", ""), new Side(aes)));
  }

  @Test
  void contextChangesUnderOneKey() {
    var created = createDatakey(aes, "from");
    String source = Hex.lowerText(created.cipherText().lent());
    var moved = move(source, new Side(aes, "from", ""), new Side(aes));
    assertThat(datakey(moved.cipherText(), aes, "")).isEqualTo(created.plainText().lent());
    refused(KmsError.INVALID_CIPHERTEXT, () -> datakey(moved.cipherText(), aes, "from"));
  }

  @Test
  void privateKeyOfAPairMovesAndStaysOne() {
    var pair =
        kms.datakeyPairs.createEc(
            kms.caller,
            new DatakeyPairs.Request(
                aes,
                "ECC_NIST_P256",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    String source = Hex.upperText(pair.privateKeyCipherText().lent());
    var moved = move(source, new Side(""), new Side(sm4));
    assertThat(datakey(moved.cipherText(), sm4, ""))
        .isEqualTo(pair.privateKeyPlainText().orElseThrow().lent());
  }

  @Test
  void dataMovesBetweenKeysOfEveryKind() {
    String sm2 = kms.key(KeySpec.SM2, KeyUsage.ENCRYPT_DECRYPT);
    var sides =
        List.of(
            new Side(aes, "aad", ""),
            new Side(sm4, "", "SYMMETRIC_DEFAULT"),
            new Side(rsa, "", OAEP),
            new Side(rsa, "", "RSAES_OAEP_SHA_1"),
            new Side(sm2, "", "SM2_ENCRYPT"),
            new Side(aes));
    Side from = new Side(sm4);
    String cipherText = encryptData(sm4, "moving data", "", "");
    for (Side to : sides) {
      var moved = move(cipherText, from, to);
      assertThat(moved.sourceKeyId()).isEqualTo(from.key);
      cipherText = moved.cipherText();
      from = to;
    }
    assertThat(decryptData(cipherText, from)).isEqualTo("moving data");
  }

  @Test
  void sourceIsTakenFromTheContainerOrMustBeThatOne() {
    String data = encryptData(aes, "x", "", "");
    assertThat(move(data, new Side(""), new Side(sm4)).sourceKeyId()).isEqualTo(aes);
    refused(KmsError.INVALID_CIPHERTEXT, () -> move(data, new Side(sm4), new Side(aes)));
    refused(KmsError.MISSING_MEMBER, () -> move(data, new Side("", "", OAEP), new Side(aes)));
  }

  @Test
  void whatTheDestinationCanNotHoldIsRefused() {
    String longText = encryptData(aes, "x".repeat(191), "", "");
    refused(
        KmsError.PLAINTEXT_TOO_LONG_FOR_RSA,
        () -> move(longText, new Side(""), new Side(rsa, "", OAEP)));
    byte[] nothing =
        EncryptionKey.of(KeyPairSpec.RSA_2048, Bytes.owning(kms.publicKey(rsa)))
            .orElseThrow()
            .encrypt(PublicKeyCipher.RSAES_OAEP_SHA_256, new byte[0]);
    refused(
        KmsError.INVALID_CIPHERTEXT,
        () ->
            move(
                Base64.getEncoder().encodeToString(nothing),
                new Side(rsa, "", OAEP),
                new Side(aes)));
  }

  @Test
  void algorithmsMustFit() {
    String data = encryptData(aes, "x", "", "");
    String wrapped = Hex.upperText(createDatakey(aes, "").cipherText().lent());
    refused(
        KmsError.ALGORITHM_NOT_FOR_SYMMETRIC_KEY,
        () -> move(data, new Side(aes), new Side(sm4, "", OAEP)));
    refused(KmsError.ALGORITHM_NOT_FOR_RSA_KEY, () -> move(data, new Side(aes), new Side(rsa)));
    refused(
        KmsError.ALGORITHM_NOT_FOR_SYMMETRIC_KEY,
        () -> move(wrapped, new Side(aes), new Side(rsa, "", OAEP)));
    refused(KmsError.ASYMMETRIC_KEY_UNSUPPORTED, () -> move(wrapped, new Side(aes), new Side(rsa)));
    refused(
        KmsError.INVALID_PARAMETER, () -> move(data, new Side(aes), new Side(rsa, "aad", OAEP)));
    refused(
        KmsError.INVALID_PARAMETER,
        () -> move(data, new Side(aes), new Side(rsa, "", "RSAES_PKCS1_V1_5")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1025", "-1", "x"})
  void lengthIsCheckedAndNotCompared(String bad) {
    String wrapped = Hex.upperText(createDatakey(aes, "").cipherText().lent());
    refused(
        KmsError.INVALID_DATAKEY_CIPHER_LENGTH,
        () -> move(wrapped, new Side(aes), new Side(sm4), Optional.of(bad)));
    assertThat(move(wrapped, new Side(aes), new Side(sm4), Optional.of("7")).cipherText())
        .isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "0", "x", "AgB4", "%", "02007800"})
  void whatIsNoCiphertextIsRefused(String bad) {
    refused(KmsError.INVALID_CIPHERTEXT, () -> move(bad, new Side(""), new Side(sm4)));
    refused(KmsError.INVALID_CIPHERTEXT, () -> move(bad, new Side(aes), new Side(sm4)));
    if (!bad.isEmpty()) {
      refused(KmsError.INVALID_CIPHERTEXT, () -> move(bad, new Side(rsa, "", OAEP), new Side(sm4)));
    }
  }

  @Test
  void bothKeysMustBeThereAndUsable() {
    String data = encryptData(aes, "x", "", "");
    String disabled = kms.key(KeySpec.AES_256);
    String ofDisabled = encryptData(disabled, "x", "", "");
    kms.change(disabled, Cmk::disabled);
    refused(KmsError.KEY_DISABLED, () -> move(data, new Side(aes), new Side(disabled)));
    refused(KmsError.KEY_DISABLED, () -> move(ofDisabled, new Side(""), new Side(aes)));
    String unknown = KeyId.random().text();
    refused(KmsError.KEY_NOT_FOUND, () -> move(data, new Side(aes), new Side(unknown)));
    refused(KmsError.KEY_NOT_FOUND, () -> move(data, new Side(unknown), new Side(aes)));
    refused(KmsError.INVALID_KEY_ID, () -> move(data, new Side("x"), new Side(aes)));
  }
}
