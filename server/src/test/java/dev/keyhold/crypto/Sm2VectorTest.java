package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The examples of GB/T 32918.5 and GB/T 32905, to the byte.
class Sm2VectorTest {
  private static final JsonNode SM2 = Vectors.load("gm/sm2.json");

  @Test
  void publishedSignaturesAreReproducedAndVerify() throws Exception {
    assertThat(SM2.get("sign").size()).isEqualTo(1);
    for (JsonNode test : SM2.get("sign")) {
      var key = privateKey(test);
      byte[] message = Vectors.hex(test, "msg");
      Bytes z = Sm2Signatures.z(EcKeys.publicPoint(EcCurve.SM2, key.getD()));
      assertThat(z.lent()).isEqualTo(Vectors.hex(test, "z"));
      byte[] e = Sm2Signatures.e(z, message);
      assertThat(e).isEqualTo(Vectors.hex(test, "e"));

      byte[] signature =
          Sm2Signatures.Engine.forSigning(key, new FixedRandom(Vectors.hex(test, "k"))).sign(e);
      BigInteger r = new BigInteger(test.get("r").asString(), 16);
      BigInteger s = new BigInteger(test.get("s").asString(), 16);
      assertThat(signature)
          .isEqualTo(StandardDSAEncoding.INSTANCE.encode(EcCurve.SM2.order(), r, s));

      try (EncodedKeyPair pair = EcKeys.encode(EcCurve.SM2, key)) {
        VerifyingKey verifying = VerifyingKey.of(KeyPairSpec.SM2, pair.publicKey()).orElseThrow();
        assertThat(verifying.verify(SigningAlgorithm.SM2DSA_SM3, message, signature)).isTrue();
        assertThat(verifying.verifyDigest(SigningAlgorithm.SM2DSA_SM3, e, signature)).isTrue();
      }
    }
  }

  @Test
  void publishedSignaturesOverDigestsVerify() {
    JsonNode tests = SM2.get("verifyDigest");
    assertThat(tests.size()).isEqualTo(2);
    byte[] pkcs8 = Vectors.hex(tests.get(0), "pkcs8"); // of both
    try (EncodedKeyPair pair =
        KeyPairs.ofPrivate(KeyPairSpec.SM2, new KeyMaterial(pkcs8)).orElseThrow()) {
      VerifyingKey key = VerifyingKey.of(KeyPairSpec.SM2, pair.publicKey()).orElseThrow();
      for (JsonNode test : tests) {
        byte[] e = Vectors.hex(test, "digest");
        byte[] signature = Vectors.hex(test, "sigDer");
        assertThat(key.verifyDigest(SigningAlgorithm.SM2DSA_SM3, e, signature)).isTrue();
        e[0] ^= 1;
        assertThat(key.verifyDigest(SigningAlgorithm.SM2DSA_SM3, e, signature)).isFalse();
      }
    }
  }

  @Test
  void publishedCiphertextsAreReproducedAndDecrypt() throws Exception {
    int ran = 0;
    for (JsonNode test : SM2.get("encrypt")) {
      byte[] message = Vectors.hex(test, "msg");
      byte[] ciphertext = Vectors.hex(test, "ctDer");
      byte[] pkcs8;
      if (test.has("k")) {
        var key = privateKey(test);
        var publicKey =
            new ECPublicKeyParameters(
                EcCurve.SM2.point(Vectors.hex(test, "publicKey")), EcCurve.SM2.domain());
        byte[] made =
            Sm2Encryption.encrypt(publicKey, message, new FixedRandom(Vectors.hex(test, "k")));
        assertThat(made).isEqualTo(ciphertext);
        pkcs8 = EcKeys.encode(EcCurve.SM2, key).privateKey().lend(byte[]::clone);
      } else {
        pkcs8 = Vectors.hex(SM2.get("verifyDigest").get(0), "pkcs8");
      }
      try (var key = DecryptionKey.of(KeyPairSpec.SM2, new KeyMaterial(pkcs8));
          var opened = key.decrypt(PublicKeyCipher.SM2_ENCRYPT, ciphertext).orElseThrow()) {
        assertThat(opened.lend(byte[]::clone)).isEqualTo(message);
      }
      ran++;
    }
    assertThat(ran).isEqualTo(2);
  }

  @Test
  void sm3GivesThePublishedDigests() {
    JsonNode tests = Vectors.load("gm/sm3.json").get("tests");
    assertThat(tests.size()).isEqualTo(5);
    for (JsonNode test : tests) {
      assertThat(dev.keyhold.crypto.Digest.SM3.digest(Vectors.hex(test, "msg")))
          .isEqualTo(Vectors.hex(test, "digest"));
    }
  }

  private static ECPrivateKeyParameters privateKey(JsonNode test) {
    return new ECPrivateKeyParameters(
        new BigInteger(test.get("privateKey").asString(), 16), EcCurve.SM2.domain());
  }

  /// Answers the same bytes each time: for the published `k` only.
  private static final class FixedRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final byte[] answer;

    FixedRandom(byte[] answer) {
      this.answer = answer.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(Arrays.copyOf(answer, bytes.length), 0, bytes, 0, bytes.length);
    }
  }
}
