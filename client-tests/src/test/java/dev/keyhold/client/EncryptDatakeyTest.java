package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.EncryptDatakeyRequestBody;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// encrypt-datakey, and that decrypt-datakey gives back what went in.
class EncryptDatakeyTest {
  private final Kms kms = SharedServer.kms();
  private final String key = kms.newKey();

  private static EncryptDatakeyRequestBody request(String key, String plainText, String length) {
    return new EncryptDatakeyRequestBody()
        .withKeyId(key)
        .withPlainText(plainText)
        .withDatakeyPlainLength(length);
  }

  /// The sizes of kms-api 2.2: format, length word, total.
  @ParameterizedTest
  @CsvSource({
    "1, 02006800, 140",
    "15, 02006800, 140",
    "16, 02006800, 140",
    "17, 02007800, 156",
    "24, 02007800, 156",
    "32, 02007800, 156",
    "48, 02008800, 172",
    "64, 02009800, 188",
    "128, 0200D800, 252",
    "1023, 02005804, 1148",
    "1024, 02005804, 1148"
  })
  void datakeyOfAnyLengthIsWrappedInAContainerOfThePublishedSize(
      int bytes, String head, int containerBytes) {
    String dek = Deks.random(bytes);

    var wrapped = kms.encrypt(key, dek);

    assertThat(wrapped.getKeyId()).isEqualTo(key);
    assertThat(wrapped.getDatakeyLength()).isEqualTo(Integer.toString(bytes));
    assertThat(wrapped.getCipherText())
        .startsWith(head)
        .matches("[0-9A-F]{" + 2 * containerBytes + "}");
    var opened = kms.decrypt(key, wrapped.getCipherText());
    assertThat(opened.getDataKey()).isEqualTo(dek.toUpperCase(Locale.ROOT));
    assertThat(opened.getDatakeyLength()).isEqualTo(Integer.toString(bytes));
    assertThat(opened.getDatakeyDgst()).isEqualTo(Deks.sha256(dek).toUpperCase(Locale.ROOT));
  }

  @Test
  void containerNamesItsKeyAndVersionAndHasItsChecksum() {
    byte[] container = HexFormat.of().parseHex(kms.encrypt(key, Deks.random(64)).getCipherText());

    assertThat(new String(container, 116, 36, StandardCharsets.US_ASCII)).isEqualTo(key);
    assertThat(HexFormat.of().formatHex(container, 152, 156)).isEqualTo("00000000");
    assertThat(HexFormat.of().formatHex(container, 156, 188))
        .isEqualTo(Deks.sha256(HexFormat.of().formatHex(container, 0, 156)));
  }

  @Test
  void publishedExampleIsWrapped() {
    String plainText = Deks.EXAMPLE + Deks.DIGEST_OF_EXAMPLE;

    var wrapped =
        kms.encrypt(request(key, plainText, "64").withAdditionalAuthenticatedData("123aad"));

    assertThat(wrapped.getCipherText()).startsWith("02009800").hasSize(376);
    assertThat(wrapped.getDatakeyLength()).isEqualTo("64");
    var opened =
        kms.decrypt(
            Kms.decryptRequest(key, wrapped.getCipherText())
                .withAdditionalAuthenticatedData("123aad"));
    assertThat(opened.getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
    assertThat(opened.getDatakeyDgst()).isEqualToIgnoringCase(Deks.DIGEST_OF_EXAMPLE);
  }

  @Test
  void hexIsReadInEitherCaseAndWrittenInUpperCase() {
    String plainText = Deks.EXAMPLE + Deks.DIGEST_OF_EXAMPLE;
    String upper = plainText.toUpperCase(Locale.ROOT);
    String mixed = plainText.substring(0, 64) + upper.substring(64);

    for (String spelling : new String[] {plainText, upper, mixed}) {
      String cipherText = kms.encrypt(request(key, spelling, "64")).getCipherText();
      assertThat(cipherText).isUpperCase();
      assertThat(kms.decrypt(key, cipherText.toLowerCase(Locale.ROOT)).getDataKey())
          .isEqualTo(Deks.EXAMPLE.toUpperCase(Locale.ROOT));
    }
  }

  @Test
  void sameDatakeyIsNeverWrappedTheSameWay() {
    assertThat(kms.encrypt(key, Deks.EXAMPLE).getCipherText())
        .isNotEqualTo(kms.encrypt(key, Deks.EXAMPLE).getCipherText());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 64, 1024})
  void sm4KeyWantsAndGivesTheSm3Digest(int bytes) {
    String sm4 = kms.newSm4Key();
    String dek = Deks.random(bytes);

    var wrapped = kms.encrypt(request(sm4, Deks.withSm3(dek), Integer.toString(bytes)));

    assertThat(wrapped.getCipherText()).hasSize(2 * (76 + 16 + 16 * Math.ceilDiv(bytes + 32, 16)));
    var opened = kms.decrypt(sm4, wrapped.getCipherText());
    assertThat(opened.getDataKey()).isEqualToIgnoringCase(dek);
    assertThat(opened.getDatakeyDgst()).isEqualTo(Deks.sm3(dek).toUpperCase(Locale.ROOT));
    refused("KMS.2103", () -> kms.encrypt(sm4, dek)); // SHA-256
  }

  @Test
  void wrongDigestIsRefused() {
    String dek = Deks.random(64);

    refused("KMS.2103", () -> kms.encrypt(request(key, Deks.withSm3(dek), "64")));
    refused("KMS.2103", () -> kms.encrypt(request(key, dek + Deks.sha256(Deks.random(64)), "64")));
    refused("KMS.2103", () -> kms.encrypt(request(key, dek + "00".repeat(32), "64")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1025", "-1", "x", "", "64.0", " 64", "064x", "99999999999"})
  void lengthOutOfRangeIsRefused(String length) {
    refused("KMS.2102", () -> kms.encrypt(request(key, Deks.withSha256(Deks.EXAMPLE), length)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "32", "63", "65", "96", "1024"})
  void lengthThatIsNotThePlainTextsIsRefused(String length) {
    refused("KMS.2104", () -> kms.encrypt(request(key, Deks.withSha256(Deks.EXAMPLE), length)));
  }

  @Test
  void plainTextThatIsNoHexIsRefused() {
    String good = Deks.EXAMPLE + Deks.DIGEST_OF_EXAMPLE;

    for (String bad :
        new String[] {
          good.substring(1), // odd
          good + "0",
          "g" + good.substring(1),
          Deks.EXAMPLE + " " + Deks.DIGEST_OF_EXAMPLE, // as one sample has it
          good.substring(0, 190) + " ",
          "0x" + good.substring(2),
          "０" + good.substring(1), // a digit, but not ASCII
          good.substring(0, 191) + "\n"
        }) {
      refused("KMS.2101", () -> kms.encrypt(request(key, bad, "64")));
    }
  }

  @Test
  void aadHasAtMost128Bytes() {
    for (String aad : new String[] {"x", "x".repeat(128), "é".repeat(64), "😀".repeat(32)}) {
      String dek = Deks.random(32);
      String cipherText =
          kms.encrypt(Kms.encryptRequest(key, dek).withAdditionalAuthenticatedData(aad))
              .getCipherText();
      assertThat(
              kms.decrypt(Kms.decryptRequest(key, cipherText).withAdditionalAuthenticatedData(aad))
                  .getDataKey())
          .isEqualToIgnoringCase(dek);
    }
    for (String aad : new String[] {"x".repeat(129), "é".repeat(65), "x" + "😀".repeat(32)}) {
      refused(
          "KMS.0308",
          () ->
              kms.encrypt(
                  Kms.encryptRequest(key, Deks.EXAMPLE).withAdditionalAuthenticatedData(aad)));
    }
  }

  @Test
  void membersAreRequired() {
    String plainText = Deks.withSha256(Deks.EXAMPLE);

    refused("KMS.0204", () -> kms.encrypt(request(null, plainText, "64")));
    refused("KMS.0204", () -> kms.encrypt(request(key, null, "64")));
    refused("KMS.0204", () -> kms.encrypt(request(key, plainText, null)));
  }

  @Test
  void badKeyIdAndSequenceAreRefused() {
    refused("KMS.0205", () -> kms.encrypt("x", Deks.EXAMPLE));
    refused("KMS.0206", () -> kms.encrypt(Kms.encryptRequest(key, Deks.EXAMPLE).withSequence("x")));
  }

  @Test
  void unknownKeyIsNotFound() {
    refused(404, "KMS.0207", () -> kms.encrypt(Names.UNKNOWN_KEY, Deks.EXAMPLE));
  }
}
