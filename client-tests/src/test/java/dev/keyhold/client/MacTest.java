package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.GenerateMacRequest;
import com.huaweicloud.sdk.kms.v2.model.GenerateMacRequestBody;
import com.huaweicloud.sdk.kms.v2.model.VerifyMacRequest;
import com.huaweicloud.sdk.kms.v2.model.VerifyMacRequestBody;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// generate-mac and verify-mac.
class MacTest {
  private final Kms kms = SharedServer.kms();

  private boolean isValid(String key, String algorithm, String message, String mac) {
    return kms.client()
        .verifyMac(
            new VerifyMacRequest()
                .withBody(
                    new VerifyMacRequestBody()
                        .withKeyId(key)
                        .withMacAlgorithm(
                            VerifyMacRequestBody.MacAlgorithmEnum.fromValue(algorithm))
                        .withMessage(message)
                        .withMac(mac)))
        .getMacValid();
  }

  private String mac(String key, String algorithm, String message) {
    var answer =
        kms.client()
            .generateMac(
                new GenerateMacRequest()
                    .withBody(
                        new GenerateMacRequestBody()
                            .withKeyId(key)
                            .withMacAlgorithm(
                                GenerateMacRequestBody.MacAlgorithmEnum.fromValue(algorithm))
                            .withMessage(message)));
    assertThat(answer.getKeyId()).isEqualTo(key);
    assertThat(answer.getMacAlgorithm()).isEqualTo(algorithm);
    return answer.getMac();
  }

  @ParameterizedTest
  @CsvSource({
    "HMAC_256, HMAC_SHA_256, 64",
    "HMAC_384, HMAC_SHA_384, 96",
    "HMAC_512, HMAC_SHA_512, 128",
    "HMAC_SM3, HMAC_SM3, 64"
  })
  void macIsLowerCaseHexAndVerifies(String spec, String algorithm, int digits) {
    String key = Keys.make(kms, spec, "GENERATE_VERIFY_MAC");
    String mac = mac(key, algorithm, "ZmRzYQ==");
    assertThat(mac).matches("[0-9a-f]{" + digits + "}");
    assertThat(isValid(key, algorithm, "ZmRzYQ==", mac)).isTrue();
    assertThat(isValid(key, algorithm, "ZmRzYg==", mac)).isFalse();
    assertThat(isValid(key, algorithm, "ZmRzYQ==", "00".repeat(digits / 2))).isFalse();
    refused("KMS.0308", () -> mac(key, algorithm, "no Base64"));
    refused("KMS.0308", () -> mac(key, algorithm, ""));
    kms.disable(key);
    refused("KMS.0209", () -> mac(key, algorithm, "ZmRzYQ=="));
  }
}
