package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// re-encrypt and derive-shared-secret, which the published SDK does not have yet.
class ReEncryptTest {
  private final Kms kms = SharedServer.kms();
  private final Http http = SharedServer.http();
  private final String from = kms.newKey();
  private final String to = kms.newSm4Key();

  private static void refused(String code, Answer answer) {
    assertThat(answer.code()).describedAs(answer.body()).isEqualTo(code);
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void datakeyMovesWithoutBeingSeen() {
    String dek = Deks.random(64);
    String cipherText = kms.encrypt(from, dek).getCipherText();

    Answer moved =
        http.kms(
                "re-encrypt",
                Map.of(
                    "cipher_text",
                    cipherText,
                    "destination_key_id",
                    to,
                    "destination_additional_authenticated_data",
                    "new",
                    "datakey_cipher_length",
                    "64"))
            .ok();

    assertThat(moved.text("key_id")).isEqualTo(to);
    assertThat(moved.text("source_key_id")).isEqualTo(from);
    assertThat(moved.text("source_encryption_algorithm")).isEqualTo("SYMMETRIC_DEFAULT");
    assertThat(moved.text("destination_encryption_algorithm")).isEqualTo("SYMMETRIC_DEFAULT");
    assertThat(moved.body()).doesNotContainIgnoringCase(dek);
    assertThat(
            kms.decrypt(
                    Kms.decryptRequest(to, moved.text("cipher_text"))
                        .withAdditionalAuthenticatedData("new"))
                .getDataKey())
        .isEqualToIgnoringCase(dek);
  }

  @Test
  void dataMovesBetweenKindsOfKeys() {
    String rsa = Keys.make(kms, "RSA_2048", "ENCRYPT_DECRYPT");
    String data =
        http.kms("encrypt-data", Map.of("key_id", from, "plain_text", "moving 世界"))
            .ok()
            .text("cipher_text");
    String bare =
        http.kms(
                "re-encrypt",
                Map.of(
                    "cipher_text",
                    data,
                    "destination_key_id",
                    rsa,
                    "destination_encryption_algorithm",
                    "RSAES_OAEP_SHA_256"))
            .ok()
            .text("cipher_text");
    var back =
        Map.of(
            "cipher_text",
            bare,
            "source_key_id",
            rsa,
            "source_encryption_algorithm",
            "RSAES_OAEP_SHA_256",
            "destination_key_id",
            to);
    String again = http.kms("re-encrypt", back).ok().text("cipher_text");
    assertThat(http.kms("decrypt-data", Map.of("cipher_text", again)).ok().text("plain_text"))
        .isEqualTo("moving 世界");
  }

  @Test
  void foreignAndMalformedCiphertextsAreRefusedAlike() {
    Kms other = SharedServer.otherKms();
    String foreign = other.encrypt(other.newKey(), Deks.random(32)).getCipherText();
    String own = kms.encrypt(from, Deks.random(32)).getCipherText();
    for (String bad : new String[] {foreign, own.substring(2), own.replace('0', '1')}) {
      refused(
          "KMS.2201", http.kms("re-encrypt", Map.of("cipher_text", bad, "destination_key_id", to)));
    }
    refused("KMS.0204", http.kms("re-encrypt", Map.of("cipher_text", own)));
  }

  @Test
  void bothSidesDeriveOneSecret() {
    String one = Keys.make(kms, "EC_P256", "KEY_AGREEMENT");
    String other = Keys.make(kms, "EC_P256", "KEY_AGREEMENT");
    String secret = derived(one, spki(other)).ok().text("shared_secret");
    assertThat(secret).hasSize(44);
    assertThat(derived(other, spki(one)).ok().text("shared_secret")).isEqualTo(secret);
    refused("KMS.0308", derived(one, spki(Keys.make(kms, "EC_P384", "KEY_AGREEMENT"))));
    refused(
        "KMS.0308",
        http.kms(
            "derive-shared-secret",
            Map.of(
                "key_id",
                one,
                "key_agreement_algorithm",
                "ECDH",
                "public_key",
                spki(other),
                "recipient",
                Map.of("attestation_document", "x"))));
  }

  private Answer derived(String key, String peer) {
    return http.kms(
        "derive-shared-secret",
        Map.of("key_id", key, "key_agreement_algorithm", "ECDH", "public_key", peer));
  }

  private String spki(String key) {
    return http.kms("get-publickey", Map.of("key_id", key))
        .ok()
        .text("public_key")
        .replaceAll("-----[A-Z ]+-----|\r\n", "");
  }
}
