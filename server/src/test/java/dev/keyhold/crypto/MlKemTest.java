package dev.keyhold.crypto;

import static dev.keyhold.crypto.Vectors.Outcome.RAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MlKemTest {
  @Test
  void everyWycheproofCaseHasItsResult() throws Exception {
    Vectors.wycheproof(
        "mlkem_768_test.json",
        0,
        (_, test) -> {
          byte[] pkcs8 = pkcs8(Vectors.hex(test, "seed"));
          byte[] ciphertext = Vectors.hex(test, "c");
          Optional<byte[]> secret =
              Attempt.at(() -> {
                var key = MlKemKeys.privateKey(KeyPairSpec.ML_KEM_768, pkcs8);
                assertThat(key.getPublicKey()).isEqualTo(Vectors.hex(test, "ek"));
                return new MLKEMExtractor(key).extractSecret(ciphertext);
              });
          boolean valid = test.get("result").asString().equals("valid");
          assertThat(secret.isPresent()).isEqualTo(valid);
          if (valid) {
            assertThat(secret.orElseThrow()).isEqualTo(Vectors.hex(test, "K"));
          } else if (test.get("seed").asString().length() == 2 * MlKemKeys.SEED_BYTES) {
            assertThat(MlKemWrap.unwrap(KeyPairSpec.ML_KEM_768, new KeyMaterial(pkcs8), ciphertext))
                .isEmpty();
          } else {
            assertThat(KeyPairs.ofPrivate(KeyPairSpec.ML_KEM_768, new KeyMaterial(pkcs8)))
                .isEmpty();
          }
          return RAN;
        });
  }

  private static byte[] pkcs8(byte[] seed) throws Exception {
    return Der.encode(
        new PrivateKeyInfo(
            new AlgorithmIdentifier(NISTObjectIdentifiers.id_alg_ml_kem_768),
            MlEncoding.write(seed, seed.length)));
  }

  @ParameterizedTest
  @EnumSource(names = {"ML_KEM_768", "ML_KEM_1024"})
  void whatIsWrappedUnwrapsAndOnlyThat(KeyPairSpec spec) {
    byte[] material = Random.bytes(32);
    try (EncodedKeyPair pair = KeyPairs.generate(spec);
        EncodedKeyPair other = KeyPairs.generate(spec)) {
      byte[] wrapped =
          MlKemWrap.wrap(spec, pair.publicKey(), new KeyMaterial(material.clone()))
              .orElseThrow()
              .lent();
      assertThat(wrapped).hasSize((spec == KeyPairSpec.ML_KEM_768 ? 1088 : 1568) + 40);
      assertThat(
              MlKemWrap.unwrap(spec, pair.privateKey(), wrapped).orElseThrow().lend(byte[]::clone))
          .isEqualTo(material);
      assertThat(MlKemWrap.unwrap(spec, other.privateKey(), wrapped)).isEmpty();
      for (int at : new int[] {0, 500, wrapped.length - 40, wrapped.length - 1}) {
        byte[] altered = wrapped.clone();
        altered[at] ^= 1;
        assertThat(MlKemWrap.unwrap(spec, pair.privateKey(), altered)).isEmpty();
      }
      for (int length : new int[] {0, 1, 1087, 1088, 1096, wrapped.length - 8}) {
        assertThat(MlKemWrap.unwrap(spec, pair.privateKey(), Arrays.copyOf(wrapped, length)))
            .isEmpty();
      }
    }
  }

  /// The construction as its specification says it, by the JDK alone.
  @Test
  void whatTheJdkWrapsByTheSpecificationUnwraps() throws Exception {
    try (EncodedKeyPair pair = KeyPairs.generate(KeyPairSpec.ML_KEM_768)) {
      var publicKey =
          java.security.KeyFactory.getInstance("ML-KEM")
              .generatePublic(new java.security.spec.X509EncodedKeySpec(pair.publicKey().lent()));
      var encapsulated =
          javax.crypto.KEM.getInstance("ML-KEM").newEncapsulator(publicKey).encapsulate();
      var kek =
          javax
              .crypto
              .KDF
              .getInstance("HKDF-SHA256")
              .deriveKey(
                  "AES",
                  javax.crypto.spec.HKDFParameterSpec.ofExtract()
                      .addIKM(encapsulated.key())
                      .thenExpand(
                          HexFormat.of().parseHex("3010300b0609608648016503040130020120"), 32));
      var cipher = javax.crypto.Cipher.getInstance("AES/KWP/NoPadding");
      cipher.init(javax.crypto.Cipher.ENCRYPT_MODE, kek);
      byte[] material = Random.bytes(16);
      byte[] tail = cipher.doFinal(material);
      byte[] wrapped =
          Arrays.copyOf(encapsulated.encapsulation(), encapsulated.encapsulation().length + 24);
      System.arraycopy(tail, 0, wrapped, wrapped.length - 24, 24);
      assertThat(
              MlKemWrap.unwrap(KeyPairSpec.ML_KEM_768, pair.privateKey(), wrapped)
                  .orElseThrow()
                  .lend(byte[]::clone))
          .isEqualTo(material);
    }
  }

  @Test
  void keyOfAnotherSpecIsRefused() {
    try (EncodedKeyPair pair = KeyPairs.generate(KeyPairSpec.ML_KEM_1024)) {
      assertThat(
              MlKemWrap.wrap(
                  KeyPairSpec.ML_KEM_768, pair.publicKey(), new KeyMaterial(new byte[16])))
          .isEmpty();
      assertThatThrownBy(
              () -> MlKemWrap.unwrap(KeyPairSpec.ML_KEM_768, pair.privateKey(), new byte[1128]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
