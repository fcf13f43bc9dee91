package dev.keyhold.operation;

import static dev.keyhold.operation.TestKms.refused;
import static dev.keyhold.operation.TestKms.secret;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MacsTest {
  private static final SecretText NONE = secret("");

  @TempDir static Path folder;
  private static TestKms kms;
  private static String key = "";

  @BeforeAll
  static void open() {
    kms = new TestKms(folder);
    key = kms.key(KeySpec.HMAC_256);
  }

  @AfterAll
  static void close() {
    kms.close();
    NONE.close();
  }

  private static String mac(String keyId, String algorithm, SecretText message) {
    var answer = kms.macs.generate(kms.caller, new Macs.GenerateRequest(keyId, algorithm, message));
    assertThat(answer.keyId()).isEqualTo(keyId);
    assertThat(answer.macAlgorithm()).isEqualTo(algorithm);
    return answer.mac();
  }

  private static boolean valid(String keyId, String algorithm, SecretText message, String mac) {
    return kms.macs
        .verify(kms.caller, new Macs.VerifyRequest(keyId, algorithm, message, mac))
        .macValid();
  }

  @ParameterizedTest
  @CsvSource({
    "HMAC_256, HMAC_SHA_256, 64",
    "HMAC_384, HMAC_SHA_384, 96",
    "HMAC_512, HMAC_SHA_512, 128",
    "HMAC_SM3, HMAC_SM3, 64"
  })
  void macIsLowerCaseHexAndVerifies(KeySpec spec, String algorithm, int digits) {
    String id = kms.key(spec);
    SecretText message = secret("ZmRzYQ==");
    String mac = mac(id, algorithm, message);
    assertThat(mac).matches("[0-9a-f]{" + digits + "}");
    assertThat(valid(id, algorithm, message, mac)).isTrue();
    assertThat(valid(id, algorithm, message, mac.toUpperCase(Locale.ROOT))).isTrue();
    assertThat(valid(id, algorithm, secret("ZmRzYg=="), mac)).isFalse();
    assertThat(valid(kms.key(spec), algorithm, message, mac)).isFalse();
    for (String wrong : List.of("", "00", mac.substring(2), mac + "00", "00".repeat(digits / 2))) {
      assertThat(valid(id, algorithm, message, wrong)).as(wrong).isFalse();
    }
  }

  @Test
  void messageIsBase64Of1To4096Bytes() {
    assertThat(mac(key, "HMAC_SHA_256", TestKms.base64(new byte[4096]))).hasSize(64);
    for (SecretText bad :
        List.of(
            NONE,
            secret("x"),
            secret("ZmRzYQ"),
            secret("ZmRz YQ"),
            secret("ZmRzYR=="),
            secret("ＺmRz"),
            TestKms.base64(new byte[4097]),
            TestKms.base64(new byte[9000]))) {
      refused(KmsError.INVALID_PARAMETER, () -> mac(key, "HMAC_SHA_256", bad));
      refused(KmsError.INVALID_PARAMETER, () -> valid(key, "HMAC_SHA_256", bad, "00"));
    }
  }

  @Test
  void macThatIsNoHexIsRefused() {
    for (String bad : List.of("0", "xx", "0x00")) {
      refused(
          KmsError.INVALID_PARAMETER, () -> valid(key, "HMAC_SHA_256", secret("ZmRzYQ=="), bad));
    }
  }

  @Test
  void algorithmMustBeTheKeysOwn() {
    for (String other : List.of("HMAC_SHA_384", "HMAC_SM3", "HMAC_256", "x")) {
      refused(KmsError.INVALID_PARAMETER, () -> mac(key, other, secret("ZmRzYQ==")));
    }
  }

  @Test
  void keyOfAnotherKindOrStateIsRefused() {
    SecretText message = secret("ZmRzYQ==");
    refused(
        KmsError.SYMMETRIC_KEY_UNSUPPORTED,
        () -> mac(kms.key(KeySpec.AES_256), "HMAC_SHA_256", message));
    refused(
        KmsError.ASYMMETRIC_KEY_UNSUPPORTED,
        () -> mac(kms.key(KeySpec.EC_P256), "HMAC_SHA_256", message));
    String disabled = kms.key(KeySpec.HMAC_256);
    kms.change(disabled, Cmk::disabled);
    refused(KmsError.KEY_DISABLED, () -> mac(disabled, "HMAC_SHA_256", message));
    refused(KmsError.KEY_DISABLED, () -> valid(disabled, "HMAC_SHA_256", message, "00"));
  }

  @Test
  void keyInTheKeyringNeedsNoWaiting() {
    SecretText message = secret("ZmRzYQ==");
    String mac = mac(key, "HMAC_SHA_256", message);
    assertThatCode(() -> Blocking.forbidden(() -> valid(key, "HMAC_SHA_256", message, mac)))
        .doesNotThrowAnyException();
  }
}
