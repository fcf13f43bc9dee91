package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.DecryptDataRequest;
import com.huaweicloud.sdk.kms.v2.model.DecryptDataRequestBody;
import com.huaweicloud.sdk.kms.v2.model.DecryptDataResponse;
import com.huaweicloud.sdk.kms.v2.model.EncryptDataRequest;
import com.huaweicloud.sdk.kms.v2.model.EncryptDataRequestBody;
import com.huaweicloud.sdk.kms.v2.model.EncryptDataResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// encrypt-data and decrypt-data.
class EncryptDataTest {
  private final Kms kms = SharedServer.kms();
  private final String key = kms.newKey();

  private EncryptDataResponse encrypt(EncryptDataRequestBody body) {
    return kms.client().encryptData(new EncryptDataRequest().withBody(body));
  }

  private DecryptDataResponse decrypt(DecryptDataRequestBody body) {
    return kms.client().decryptData(new DecryptDataRequest().withBody(body));
  }

  private EncryptDataRequestBody request(String text) {
    return new EncryptDataRequestBody().withKeyId(key).withPlainText(text);
  }

  private static DecryptDataRequestBody opening(String cipherText) {
    return new DecryptDataRequestBody().withCipherText(cipherText);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "hello 世界 😀", "tab\tline\r\nunit\u001f", "\"}{\\"})
  void textComesBackWithoutNamingTheKey(String text) {
    for (String symmetric : new String[] {key, kms.newSm4Key()}) {
      var encrypted =
          encrypt(request(text).withKeyId(symmetric).withAdditionalAuthenticatedData("123aad"));
      assertThat(encrypted.getKeyId()).isEqualTo(symmetric);
      assertThat(Base64.getDecoder().decode(encrypted.getCipherText())).startsWith(2, 0);

      var back =
          decrypt(opening(encrypted.getCipherText()).withAdditionalAuthenticatedData("123aad"));

      assertThat(back.getKeyId()).isEqualTo(symmetric);
      assertThat(back.getPlainText()).isEqualTo(text);
      assertThat(Base64.getDecoder().decode(back.getPlainTextBase64()))
          .isEqualTo(text.getBytes(StandardCharsets.UTF_8));
      refused("KMS.2201", () -> decrypt(opening(encrypted.getCipherText())));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSAES_OAEP_SHA_256, 344",
    "RSA_3072, RSAES_OAEP_SHA_256, 512",
    "SM2, SM2_ENCRYPT, 0"
  })
  void keyPairEncryptsBare(String spec, String algorithm, int characters) {
    String pair = Keys.make(kms, spec, "ENCRYPT_DECRYPT");
    String cipherText =
        encrypt(
                request("hello 世界")
                    .withKeyId(pair)
                    .withEncryptionAlgorithm(
                        EncryptDataRequestBody.EncryptionAlgorithmEnum.fromValue(algorithm)))
            .getCipherText();
    if (characters > 0) {
      assertThat(cipherText).hasSize(characters);
    }
    var request =
        opening(cipherText)
            .withEncryptionAlgorithm(
                DecryptDataRequestBody.EncryptionAlgorithmEnum.fromValue(algorithm));
    assertThat(decrypt(request.withKeyId(pair)).getPlainText()).isEqualTo("hello 世界");
    refused("KMS.0204", () -> decrypt(request.withKeyId(null)));
  }

  @Test
  void longestTextFitsTheDocumentedSizes() {
    for (String text : new String[] {"x".repeat(4096), "\u0001".repeat(4096), "世".repeat(1365)}) {
      String cipherText = encrypt(request(text)).getCipherText();
      assertThat(cipherText).matches("[0-9a-zA-Z+/=]{128,5648}");
      assertThat(decrypt(opening(cipherText)).getPlainText()).isEqualTo(text);
    }
    refused("KMS.2101", () -> encrypt(request("x".repeat(4097))));
    refused("KMS.2101", () -> encrypt(request("世".repeat(1366))));
    refused("KMS.2101", () -> encrypt(request("")));
  }

  @Test
  void olderContextBindsToo() {
    Http http = SharedServer.http();
    var context = Map.of("b", "2", "a", "1");
    String cipherText =
        http.kms(
                "encrypt-data",
                Map.of("key_id", key, "plain_text", "x", "encryption_context", context))
            .ok()
            .text("cipher_text");
    assertThat(
            http.kms(
                    "decrypt-data",
                    Map.of("cipher_text", cipherText, "encryption_context", context))
                .ok()
                .text("plain_text"))
        .isEqualTo("x");
    refused("KMS.2201", () -> decrypt(opening(cipherText)));
  }

  /// It is a well-formed container of a key that nobody here has.
  @Test
  void publishedSampleIsRefused() {
    String sample =
        "AgDoAG7EsEc2OHpQxz4gDFDH54CqwaelpTdEl+RFPjbKn5klPTvOywYIeZX60kPbFsYOpXJwkL32HUM50MY2"
            + "2Eb1fOSpZK7WJpYjx66EWOkJvO+Ey3r1dLdNAjrZrYzQlxRwNS05CaNKoX5rr3NoDnmv+UNobaiS25muLLiq"
            + "Ot6UrStaWow9AUyOHSzl+BrX2Vu0whv74djK+3COO6cXT2CBO6WajTJsOgYdxMfv24KWSKw0TqvHe8XDKASQ"
            + "GKdgfI74hzI1YWJlNjlmLWFlMTAtNDRjZC1iYzg3LTFiZGExZGUzYjdkNwAAAACdcfNpLXwDUPH3023MvZK8"
            + "RPHe129k6VdNIi3zNb0eFQ==";
    refused("KMS.2201", () -> decrypt(opening(sample)));
    refused("KMS.2201", () -> decrypt(opening(sample).withKeyId(key)));
  }

  @Test
  void ciphertextOfAnotherTenantDoesNotOpen() {
    String cipherText = encrypt(request("x")).getCipherText();
    Kms other = SharedServer.otherKms();
    refused(
        "KMS.2201",
        () -> other.client().decryptData(new DecryptDataRequest().withBody(opening(cipherText))));
    refused(
        404,
        "KMS.0207",
        () ->
            other
                .client()
                .decryptData(
                    new DecryptDataRequest().withBody(opening(cipherText).withKeyId(key))));
  }

  @Test
  void disabledKeyRefusesBothWays() {
    String cipherText = encrypt(request("x")).getCipherText();
    kms.disable(key);
    refused("KMS.0209", () -> encrypt(request("x")));
    refused("KMS.0209", () -> decrypt(opening(cipherText)));
    kms.enable(key);
    assertThat(decrypt(opening(cipherText)).getPlainText()).isEqualTo("x");
  }
}
