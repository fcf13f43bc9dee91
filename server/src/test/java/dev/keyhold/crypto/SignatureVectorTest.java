package dev.keyhold.crypto;

import static dev.keyhold.crypto.Vectors.Outcome.NOT_APPLICABLE;
import static dev.keyhold.crypto.Vectors.Outcome.RAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.security.MessageDigest;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Wycheproof's signatures: each case as a message by each provider, and as a digest by the one
/// chosen.
class SignatureVectorTest {
  @ParameterizedTest
  @CsvSource({
    "ecdsa_secp256r1_sha256_test.json, EC_P256, ECDSA_SHA_256",
    "ecdsa_secp384r1_sha384_test.json, EC_P384, ECDSA_SHA_384",
    "ecdsa_secp521r1_sha512_test.json, EC_P521, ECDSA_SHA_512",
    "ecdsa_secp256k1_sha256_test.json, SECP256K1, ECDSA_SHA_256",
  })
  void everyEcdsaCaseHasItsResult(String file, KeyPairSpec spec, SigningAlgorithm algorithm)
      throws Exception {
    Vectors.wycheproof(file, 0, (group, test) -> verify(spec, algorithm, group, test));
  }

  @ParameterizedTest
  @CsvSource({
    "rsa_pss_2048_sha256_mgf1_32_test.json, RSA_2048, RSASSA_PSS_SHA_256",
    "rsa_pss_2048_sha384_mgf1_48_test.json, RSA_2048, RSASSA_PSS_SHA_384",
    "rsa_pss_3072_sha256_mgf1_32_test.json, RSA_3072, RSASSA_PSS_SHA_256",
    "rsa_pss_4096_sha256_mgf1_32_test.json, RSA_4096, RSASSA_PSS_SHA_256",
    "rsa_pss_4096_sha384_mgf1_48_test.json, RSA_4096, RSASSA_PSS_SHA_384",
    "rsa_pss_4096_sha512_mgf1_64_test.json, RSA_4096, RSASSA_PSS_SHA_512",
  })
  void everyPssCaseHasItsResult(String file, KeyPairSpec spec, SigningAlgorithm algorithm)
      throws Exception {
    Vectors.wycheproof(file, 0, (group, test) -> verify(spec, algorithm, group, test));
  }

  /// Left out: keys with the exponent 3, which no key here may have.
  @ParameterizedTest
  @CsvSource({
    "rsa_signature_2048_sha256_test.json, RSA_2048, RSASSA_PKCS1_V1_5_SHA_256, 2",
    "rsa_signature_2048_sha384_test.json, RSA_2048, RSASSA_PKCS1_V1_5_SHA_384, 0",
    "rsa_signature_2048_sha512_test.json, RSA_2048, RSASSA_PKCS1_V1_5_SHA_512, 1",
    "rsa_signature_3072_sha256_test.json, RSA_3072, RSASSA_PKCS1_V1_5_SHA_256, 1",
    "rsa_signature_3072_sha384_test.json, RSA_3072, RSASSA_PKCS1_V1_5_SHA_384, 0",
    "rsa_signature_4096_sha256_test.json, RSA_4096, RSASSA_PKCS1_V1_5_SHA_256, 0",
    "rsa_signature_4096_sha512_test.json, RSA_4096, RSASSA_PKCS1_V1_5_SHA_512, 0",
  })
  void everyPkcs1CaseHasItsResult(
      String file, KeyPairSpec spec, SigningAlgorithm algorithm, int smallExponents)
      throws Exception {
    Vectors.wycheproof(
        file,
        smallExponents,
        (group, test) -> {
          if (has(test, "SmallPublicKey")) {
            assertThat(VerifyingKey.of(spec, publicKey(group))).isEmpty();
            return NOT_APPLICABLE;
          }
          return verify(spec, algorithm, group, test);
        });
  }

  private static Vectors.Outcome verify(
      KeyPairSpec spec, SigningAlgorithm algorithm, JsonNode group, JsonNode test)
      throws Exception {
    byte[] message = Vectors.hex(test, "msg");
    byte[] signature = Vectors.hex(test, "sig");
    boolean valid = isValid(test);
    byte[] digest = MessageDigest.getInstance(algorithm.hash()).digest(message);
    for (RsaEc providers : TestProviders.all()) {
      VerifyingKey key = VerifyingKey.of(spec, publicKey(group), () -> providers).orElseThrow();
      assertThat(key.verify(algorithm, message, signature)).as(providers.name()).isEqualTo(valid);
    }
    VerifyingKey key = VerifyingKey.of(spec, publicKey(group)).orElseThrow();
    assertThat(key.verifyDigest(algorithm, digest, signature)).isEqualTo(valid);
    return RAN;
  }

  /// Left out: 8 cases each with SHA-1 and SHA-224, which are not offered, and 3 whose keys have
  /// the exponent 3.
  @ParameterizedTest
  @CsvSource("rsa_pkcs1_2048_sig_gen_test.json, 19")
  void pkcs1SignaturesAreReproduced(String file, int left) throws Exception {
    Vectors.wycheproof(
        file,
        left,
        (group, test) -> {
          Optional<SigningAlgorithm> algorithm =
              SigningAlgorithm.find(
                  "RSASSA_PKCS1_V1_5_" + group.get("sha").asString().replace('-', '_'));
          var pkcs8 = new KeyMaterial(Vectors.hex(group, "privateKeyPkcs8"));
          if (has(test, "SmallPublicKey")) {
            assertThat(KeyPairs.ofPrivate(KeyPairSpec.RSA_2048, pkcs8)).isEmpty();
            return NOT_APPLICABLE;
          }
          if (algorithm.isEmpty()) {
            return NOT_APPLICABLE;
          }
          for (RsaEc providers : TestProviders.all()) {
            var copy = new KeyMaterial(pkcs8.lend(byte[]::clone));
            try (var key = SigningKey.of(KeyPairSpec.RSA_2048, copy, () -> providers)) {
              assertThat(key.sign(algorithm.get(), Vectors.hex(test, "msg")))
                  .isEqualTo(Vectors.hex(test, "sig"));
            }
          }
          return RAN;
        });
  }

  /// Left out: cases with a context string. Ours is always empty.
  @ParameterizedTest
  @CsvSource("mldsa_65_verify_test.json, 7")
  void everyMlDsaCaseHasItsResult(String file, int contexts) throws Exception {
    Vectors.wycheproof(
        file,
        contexts,
        (group, test) -> {
          if (test.has("ctx") && !test.get("ctx").asString().isEmpty()) {
            return NOT_APPLICABLE;
          }
          Optional<VerifyingKey> key = VerifyingKey.of(KeyPairSpec.ML_DSA_65, publicKey(group));
          boolean accepted =
              key.isPresent()
                  && key.get()
                      .verify(
                          SigningAlgorithm.ML_DSA_65,
                          Vectors.hex(test, "msg"),
                          Vectors.hex(test, "sig"));
          assertThat(accepted).isEqualTo(isValid(test));
          return RAN;
        });
  }

  private static Bytes publicKey(JsonNode group) {
    return Bytes.owning(Vectors.hex(group, "publicKeyDer"));
  }

  /// What is merely "acceptable" we refuse: a signature has one form.
  private static boolean isValid(JsonNode test) {
    return test.get("result").asString().equals("valid");
  }

  private static boolean has(JsonNode test, String flag) {
    for (JsonNode one : test.get("flags")) {
      if (one.asString().equals(flag)) {
        return true;
      }
    }
    return false;
  }
}
