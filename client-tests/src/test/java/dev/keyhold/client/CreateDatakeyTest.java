package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody.KeySpecEnum;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// create-datakey and create-datakey-without-plaintext.
class CreateDatakeyTest {
  private final Kms kms = SharedServer.kms();
  private final String key = kms.newKey();

  private CreateDatakeyRequestBody request() {
    return new CreateDatakeyRequestBody().withKeyId(key);
  }

  /// Creates both ways, opens both, and checks the length.
  private void makes(int bits, CreateDatakeyRequestBody request) {
    String keyId = request.getKeyId();
    String aad = request.getAdditionalAuthenticatedData();
    var created = kms.createDatakey(request);
    assertThat(created.getKeyId()).isEqualTo(keyId);
    assertThat(created.getPlainText()).matches("[0-9A-F]{" + bits / 4 + "}");
    assertThat(created.getCipherText()).startsWith("0200").matches("[0-9A-F]+");
    var opened =
        kms.decrypt(
            Kms.decryptRequest(keyId, created.getCipherText())
                .withAdditionalAuthenticatedData(aad));
    assertThat(opened.getDataKey()).isEqualTo(created.getPlainText());
    assertThat(opened.getDatakeyLength()).isEqualTo(Integer.toString(bits / 8));

    var unseen = kms.createDatakeyWithoutPlaintext(request);
    assertThat(unseen.getKeyId()).isEqualTo(keyId);
    var openedUnseen =
        kms.decrypt(
            Kms.decryptRequest(keyId, unseen.getCipherText()).withAdditionalAuthenticatedData(aad));
    assertThat(openedUnseen.getDatakeyLength()).isEqualTo(Integer.toString(bits / 8));
    if (bits >= 128) { // of a few bits two may well be the same
      assertThat(openedUnseen.getDataKey()).isNotEqualTo(created.getPlainText());
    }
  }

  private void refusesBoth(String code, CreateDatakeyRequestBody request) {
    refused(code, () -> kms.createDatakey(request));
    refused(code, () -> kms.createDatakeyWithoutPlaintext(request));
  }

  @Test
  void datakeyHas256BitsByDefault() {
    makes(256, request());
  }

  @ParameterizedTest
  @CsvSource({
    "AES_256, 256",
    "AES_128, 128",
    "SM4, 128",
    "HMAC_256, 256",
    "HMAC_384, 384",
    "HMAC_512, 512",
    "HMAC_SM3, 256"
  })
  void specGivesTheLength(String spec, int bits) {
    makes(bits, request().withKeySpec(KeySpecEnum.fromValue(spec)));
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 128, 256, 512, 520, 4096, 8192})
  void lengthIsInBits(int bits) {
    makes(bits, request().withDatakeyLength(Integer.toString(bits)));
  }

  @Test
  void lengthWinsOverTheSpec() {
    makes(512, request().withKeySpec(KeySpecEnum.AES_128).withDatakeyLength("512"));
    makes(128, request().withKeySpec(KeySpecEnum.AES_256).withDatakeyLength("128"));
  }

  @Test
  void datakeyOf512BitsHasThePublishedForm() {
    var created = kms.createDatakey(request().withDatakeyLength("512"));

    assertThat(created.getCipherText()).startsWith("02009800").hasSize(376);
    assertThat(created.getPlainText()).hasSize(128);
  }

  @Test
  void aadIsBound() {
    makes(256, request().withAdditionalAuthenticatedData("123aad"));

    String cipherText =
        kms.createDatakey(request().withAdditionalAuthenticatedData("123aad")).getCipherText();
    refused("KMS.2201", () -> kms.decrypt(key, cipherText));
    refusesBoth("KMS.0308", request().withAdditionalAuthenticatedData("x".repeat(129)));
  }

  @Test
  void sm4KeyMakesDatakeysToo() {
    makes(128, new CreateDatakeyRequestBody().withKeyId(kms.newSm4Key()).withDatakeyLength("128"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "8193", "8200", "-8", "x", "99999999999", "256.0"})
  void lengthOutOfRangeIsRefused(String bits) {
    refusesBoth("KMS.1901", request().withDatakeyLength(bits));
  }

  @ParameterizedTest
  @ValueSource(strings = {"AES_512", "aes_256", "RSA_2048", "ALL"})
  void unknownSpecIsRefused(String spec) {
    refusesBoth("KMS.1902", request().withKeySpec(KeySpecEnum.fromValue(spec)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"9", "255", "511", "8191"})
  void lengthThatIsNoWholeNumberOfBytesIsRefused(String bits) {
    refusesBoth("KMS.1903", request().withDatakeyLength(bits));
  }

  @Test
  void otherMistakesAreRefused() {
    refusesBoth("KMS.0204", new CreateDatakeyRequestBody());
    refusesBoth("KMS.0205", new CreateDatakeyRequestBody().withKeyId("x"));
    refusesBoth("KMS.0206", request().withSequence("x"));
    var unknown = new CreateDatakeyRequestBody().withKeyId(Names.UNKNOWN_KEY);
    refused(404, "KMS.0207", () -> kms.createDatakey(unknown));
    refused(404, "KMS.0207", () -> kms.createDatakeyWithoutPlaintext(unknown));
  }
}
