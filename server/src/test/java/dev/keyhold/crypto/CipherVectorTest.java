package dev.keyhold.crypto;

import static dev.keyhold.crypto.Vectors.Outcome.RAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Wycheproof's RSA encryption, by each provider.
class CipherVectorTest {
  /// Our label is empty, so that what was made with another must be refused.
  @ParameterizedTest
  @CsvSource({
    "rsa_oaep_2048_sha1_mgf1sha1_test.json, RSA_2048, RSAES_OAEP_SHA_1",
    "rsa_oaep_2048_sha256_mgf1sha256_test.json, RSA_2048, RSAES_OAEP_SHA_256",
    "rsa_oaep_3072_sha256_mgf1sha256_test.json, RSA_3072, RSAES_OAEP_SHA_256",
    "rsa_oaep_4096_sha256_mgf1sha256_test.json, RSA_4096, RSAES_OAEP_SHA_256",
  })
  void everyOaepCaseHasItsResult(String file, KeyPairSpec spec, PublicKeyCipher cipher)
      throws Exception {
    Vectors.wycheproof(
        file,
        0,
        (group, test) -> {
          boolean ours = isValid(test) && test.get("label").asString().isEmpty();
          return decrypt(spec, cipher, group, test, ours);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "rsa_oaep_2048_sha256_mgf1sha1_test.json, RSA_2048",
    "rsa_oaep_2048_sha512_mgf1sha512_test.json, RSA_2048",
    "rsa_oaep_3072_sha256_mgf1sha1_test.json, RSA_3072",
    "rsa_oaep_4096_sha256_mgf1sha1_test.json, RSA_4096",
    "rsa_oaep_4096_sha512_mgf1sha512_test.json, RSA_4096",
  })
  void otherHashesAreRefused(String file, KeyPairSpec spec) throws Exception {
    Vectors.wycheproof(
        file,
        0,
        (group, test) -> decrypt(spec, PublicKeyCipher.RSAES_OAEP_SHA_256, group, test, false));
  }

  @ParameterizedTest
  @CsvSource("rsa_pkcs1_2048_test.json, RSA_2048")
  void everyPkcs1CaseHasItsResult(String file, KeyPairSpec spec) throws Exception {
    Vectors.wycheproof(
        file,
        0,
        (group, test) ->
            decrypt(spec, PublicKeyCipher.RSAES_PKCS1_V1_5, group, test, isValid(test)));
  }

  private static Vectors.Outcome decrypt(
      KeyPairSpec spec, PublicKeyCipher cipher, JsonNode group, JsonNode test, boolean valid) {
    for (RsaEc providers : TestProviders.all()) {
      var pkcs8 = new KeyMaterial(Vectors.hex(group, "privateKeyPkcs8"));
      try (var key = DecryptionKey.of(spec, pkcs8, () -> providers)) {
        Optional<KeyMaterial> opened = key.decrypt(cipher, Vectors.hex(test, "ct"));
        assertThat(opened.isPresent()).as(providers.name()).isEqualTo(valid);
        opened.ifPresent(plaintext ->
            assertThat(plaintext.lend(byte[]::clone)).isEqualTo(Vectors.hex(test, "msg")));
      }
    }
    return RAN;
  }

  private static boolean isValid(JsonNode test) {
    return test.get("result").asString().equals("valid");
  }
}
