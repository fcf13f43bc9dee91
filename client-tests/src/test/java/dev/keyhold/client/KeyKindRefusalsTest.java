package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What a key is not for, and with which code it says so.
class KeyKindRefusalsTest {
  private static final String DIGEST = "A".repeat(43) + "=";

  private final Kms kms = SharedServer.kms();
  private final Http http = SharedServer.http();
  private final String aes = kms.newKey();
  private final String mac = Keys.make(kms, "HMAC_256", "GENERATE_VERIFY_MAC");
  private final String ec = Keys.make(kms, "EC_P256", "SIGN_VERIFY");
  private final String sm2Signs = Keys.make(kms, "SM2", "SIGN_VERIFY");
  private final String sm2Encrypts = Keys.make(kms, "SM2", "ENCRYPT_DECRYPT");
  private final String rsa = Keys.make(kms, "RSA_2048", "ENCRYPT_DECRYPT");

  private DynamicTest row(String code, String action, String key, String... members) {
    var body = new HashMap<String, Object>(Map.of("key_id", key));
    for (int i = 0; i < members.length; i += 2) {
      body.put(members[i], members[i + 1]);
    }
    return DynamicTest.dynamicTest(
        code + ": " + action + " " + String.join(" ", members),
        () -> {
          var answer = http.kms(action, body);
          assertThat(answer.code()).describedAs(answer.body()).isEqualTo(code);
          assertThat(answer.status()).isEqualTo(400);
        });
  }

  private DynamicTest sign(String code, String key, String algorithm) {
    return row(code, "sign", key, "message", DIGEST, "signing_algorithm", algorithm);
  }

  private DynamicTest encrypt(String code, String key, String algorithm) {
    return row(code, "encrypt-data", key, "plain_text", "x", "encryption_algorithm", algorithm);
  }

  @TestFactory
  Stream<DynamicTest> everyCodeIsEarned() {
    return Stream.of(
        row("KMS.0325", "create-datakey", sm2Encrypts),
        row("KMS.0325", "generate-mac", ec, "mac_algorithm", "HMAC_SHA_256", "message", "AAAA"),
        row("KMS.0331", "get-publickey", aes),
        row("KMS.0331", "generate-mac", aes, "mac_algorithm", "HMAC_SHA_256", "message", "AAAA"),
        sign("KMS.0329", ec, "ECDSA_SHA_384"),
        sign("KMS.0332", ec, "SM2DSA_SM3"),
        sign("KMS.0334", sm2Encrypts, "SM2DSA_SM3"),
        sign("KMS.0341", mac, "ECDSA_SHA_256"),
        sign("KMS.1115", aes, "ECDSA_SHA_256"),
        sign("KMS.0308", ec, "ROT_13"),
        row("KMS.0335", "create-datakey", ec),
        row("KMS.0341", "create-datakey", mac),
        encrypt("KMS.0335", sm2Signs, "SM2_ENCRYPT"),
        encrypt("KMS.0341", mac, "SYMMETRIC_DEFAULT"),
        encrypt("KMS.1114", ec, "SYMMETRIC_DEFAULT"),
        encrypt("KMS.2105", aes, "RSAES_OAEP_SHA_256"),
        encrypt("KMS.2106", rsa, "SYMMETRIC_DEFAULT"),
        encrypt("KMS.2106", rsa, "SM2_ENCRYPT"),
        encrypt("KMS.0308", rsa, "RSAES_PKCS1_V1_5"),
        row(
            "KMS.2108",
            "encrypt-data",
            rsa,
            "plain_text",
            "x".repeat(191),
            "encryption_algorithm",
            "RSAES_OAEP_SHA_256"),
        row("KMS.2101", "encrypt-data", aes, "plain_text", ""),
        row("KMS.2201", "decrypt-data", aes, "cipher_text", "A".repeat(188)),
        row("KMS.2201", "decrypt-data", aes, "cipher_text", "AgDo"));
  }
}
