package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignatureTest {
  private static final byte[] MESSAGE = "a message".getBytes(StandardCharsets.UTF_8);

  private static KeyPairSpec specOf(SigningAlgorithm algorithm) {
    return Arrays.stream(KeyPairSpec.values()).filter(algorithm::fits).findFirst().orElseThrow();
  }

  private static SigningKey signing(KeyPairSpec spec, RsaEc providers) {
    return SigningKey.of(spec, TestPairs.privateKey(spec), () -> providers);
  }

  private static VerifyingKey verifying(KeyPairSpec spec, RsaEc providers) {
    return VerifyingKey.of(spec, TestPairs.publicKey(spec), () -> providers).orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void eachProviderVerifiesWhatEachSigns(SigningAlgorithm algorithm) {
    KeyPairSpec spec = specOf(algorithm);
    for (RsaEc signer : TestProviders.all()) {
      try (SigningKey key = signing(spec, signer)) {
        byte[] signature = key.sign(algorithm, MESSAGE);
        for (RsaEc verifier : TestProviders.all()) {
          VerifyingKey verifying = verifying(spec, verifier);
          assertThat(verifying.verify(algorithm, MESSAGE, signature)).isTrue();
          assertThat(verifying.verify(algorithm, new byte[0], signature)).isFalse();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void signatureOfADigestIsThatOfItsMessage(SigningAlgorithm algorithm) throws Exception {
    KeyPairSpec spec = specOf(algorithm);
    RsaEc providers = CryptoProviders.rsaEc();
    try (SigningKey key = signing(spec, providers)) {
      VerifyingKey verifying = verifying(spec, providers);
      if (algorithm.digestBytes().isEmpty()) {
        assertThatThrownBy(() -> key.signDigest(algorithm, new byte[32]))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> verifying.verifyDigest(algorithm, new byte[32], new byte[64]))
            .isInstanceOf(IllegalArgumentException.class);
        return;
      }
      byte[] digest = digest(algorithm);
      assertThat(digest).hasSize(algorithm.digestBytes().orElseThrow());
      assertThat(verifying.verify(algorithm, MESSAGE, key.signDigest(algorithm, digest))).isTrue();
      assertThat(verifying.verifyDigest(algorithm, digest, key.sign(algorithm, MESSAGE))).isTrue();
      byte[] longer = Arrays.copyOf(digest, digest.length + 1);
      assertThatThrownBy(() -> key.signDigest(algorithm, longer))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> verifying.verifyDigest(algorithm, longer, new byte[64]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static byte[] digest(SigningAlgorithm algorithm) throws Exception {
    if (algorithm == SigningAlgorithm.SM2DSA_SM3) {
      var publicKey =
          EcKeys.publicKey(KeyPairSpec.SM2, TestPairs.publicKey(KeyPairSpec.SM2).lent());
      return Sm2Signatures.e(Sm2Signatures.z(publicKey.getQ()), MESSAGE);
    }
    return MessageDigest.getInstance(algorithm.hash()).digest(MESSAGE);
  }

  @ParameterizedTest
  @EnumSource
  void changedSignaturesAreRefused(SigningAlgorithm algorithm) {
    KeyPairSpec spec = specOf(algorithm);
    try (SigningKey key = signing(spec, CryptoProviders.rsaEc())) {
      byte[] signature = key.sign(algorithm, MESSAGE);
      for (RsaEc providers : TestProviders.all()) {
        VerifyingKey verifying = verifying(spec, providers);
        for (int at = 0; at < signature.length; at += Math.max(1, signature.length / 40)) {
          byte[] changed = signature.clone();
          changed[at] ^= 1;
          assertThat(verifying.verify(algorithm, MESSAGE, changed)).as("byte %d", at).isFalse();
          assertThat(verifying.verify(algorithm, MESSAGE, Arrays.copyOf(signature, at))).isFalse();
        }
        byte[] longer = Arrays.copyOf(signature, signature.length + 1);
        assertThat(verifying.verify(algorithm, MESSAGE, longer)).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void algorithmThatDoesNotFitIsRefused(SigningAlgorithm algorithm) {
    KeyPairSpec spec =
        algorithm == SigningAlgorithm.ED25519 ? KeyPairSpec.EC_P256 : KeyPairSpec.ED25519;
    try (SigningKey key = signing(spec, CryptoProviders.rsaEc())) {
      VerifyingKey verifying = verifying(spec, CryptoProviders.rsaEc());
      assertThatThrownBy(() -> key.sign(algorithm, MESSAGE))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> key.signDigest(algorithm, new byte[32]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> verifying.verify(algorithm, MESSAGE, new byte[64]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512", "SM2DSA_SM3"})
  void otherSpellingsOfASignatureAreRefused(SigningAlgorithm algorithm) throws Exception {
    for (KeyPairSpec spec : KeyPairSpec.values()) {
      if (!algorithm.fits(spec)) {
        continue;
      }
      BigInteger n = EcCurve.of(spec).order();
      try (SigningKey key = signing(spec, CryptoProviders.rsaEc())) {
        byte[] signature = key.sign(algorithm, MESSAGE);
        BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(n, signature);
        byte[] longLength = new byte[signature.length + 1]; // 30 81 .. for 30 ..
        System.arraycopy(signature, 1, longLength, 2, signature.length - 1);
        longLength[0] = 0x30;
        longLength[1] = (byte) 0x81;
        List<byte[]> others =
            List.of(
                PlainDSAEncoding.INSTANCE.encode(n, rs[0], rs[1]),
                longLength,
                der(rs[0].add(n), rs[1]),
                der(rs[0], rs[1].add(n)),
                der(rs[0], rs[1].subtract(n)),
                der(BigInteger.ZERO, rs[1]),
                der(rs[0], BigInteger.ZERO),
                new byte[0]);
        for (RsaEc providers : TestProviders.all()) {
          VerifyingKey verifying = verifying(spec, providers);
          assertThat(verifying.verify(algorithm, MESSAGE, der(rs[0], rs[1]))).isTrue();
          for (byte[] other : others) {
            assertThat(verifying.verify(algorithm, MESSAGE, other)).isFalse();
          }
        }
      }
    }
  }

  private static byte[] der(BigInteger r, BigInteger s) throws Exception {
    return Der.encode(
        new org.bouncycastle.asn1.DERSequence(
            new org.bouncycastle.asn1.ASN1Encodable[] {
              new org.bouncycastle.asn1.ASN1Integer(r), new org.bouncycastle.asn1.ASN1Integer(s)
            }));
  }

  /// RFC 8032, section 7.1, test 3.
  @Test
  void publishedEd25519SignatureIsReproduced() {
    byte[] seed =
        HexFormat.of().parseHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    byte[] pkcs8 =
        HexFormat.of()
            .parseHex("302e020100300506032b657004220420" + HexFormat.of().formatHex(seed));
    byte[] message = {(byte) 0xaf, (byte) 0x82};
    try (EncodedKeyPair pair =
            KeyPairs.ofPrivate(KeyPairSpec.ED25519, new KeyMaterial(pkcs8)).orElseThrow();
        var key =
            SigningKey.of(
                KeyPairSpec.ED25519, new KeyMaterial(pair.privateKey().lend(byte[]::clone)))) {
      byte[] signature = key.sign(SigningAlgorithm.ED25519, message);
      assertThat(HexFormat.of().formatHex(signature))
          .isEqualTo(
              "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                  + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
      VerifyingKey verifying = VerifyingKey.of(KeyPairSpec.ED25519, pair.publicKey()).orElseThrow();
      assertThat(verifying.verify(SigningAlgorithm.ED25519, message, signature)).isTrue();

      // The same S plus the group's order, which a lenient verifier takes: RFC 8032, 5.1.7.
      BigInteger order =
          BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
      byte[] malleable = signature.clone();
      BigInteger s = new BigInteger(1, reversed(Arrays.copyOfRange(signature, 32, 64)));
      byte[] sum = reversed(fixed(s.add(order)));
      System.arraycopy(sum, 0, malleable, 32, 32);
      assertThat(verifying.verify(SigningAlgorithm.ED25519, message, malleable)).isFalse();
    }
  }

  private static byte[] fixed(BigInteger value) {
    return org.bouncycastle.util.BigIntegers.asUnsignedByteArray(32, value);
  }

  private static byte[] reversed(byte[] in) {
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = in[in.length - 1 - i];
    }
    return out;
  }

  @ParameterizedTest
  @EnumSource(names = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
  void jdkAgreesOnMlDsa(SigningAlgorithm algorithm) throws Exception {
    KeyPairSpec spec = specOf(algorithm);
    var publicKey =
        java.security.KeyFactory.getInstance("ML-DSA")
            .generatePublic(
                new java.security.spec.X509EncodedKeySpec(TestPairs.publicKey(spec).lent()));
    try (SigningKey key = signing(spec, CryptoProviders.rsaEc())) {
      var jdk = java.security.Signature.getInstance("ML-DSA");
      jdk.initVerify(publicKey);
      jdk.update(MESSAGE);
      assertThat(jdk.verify(key.sign(algorithm, MESSAGE))).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyThreadsShareOneKey(SigningAlgorithm algorithm) throws Exception {
    KeyPairSpec spec = specOf(algorithm);
    RsaEc providers = CryptoProviders.rsaEc();
    VerifyingKey verifying = verifying(spec, providers);
    try (SigningKey key = signing(spec, providers);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        byte[] message = {(byte) i};
        tasks.add(() -> verifying.verify(algorithm, message, key.sign(algorithm, message)));
      }
      for (var answer : threads.invokeAll(tasks)) {
        assertThat(answer.get()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void closedKeyDoesNotSign(SigningAlgorithm algorithm) {
    for (RsaEc providers : TestProviders.all()) {
      SigningKey key = signing(specOf(algorithm), providers);
      key.sign(algorithm, MESSAGE);
      key.close();
      key.close();
      assertThatThrownBy(() -> key.sign(algorithm, MESSAGE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the key is closed");
    }
  }

  @Test
  void materialIsConsumedAndNotPrinted() {
    var material = TestPairs.privateKey(KeyPairSpec.EC_P256);
    try (var key = SigningKey.of(KeyPairSpec.EC_P256, material)) {
      assertThatThrownBy(material::length).isInstanceOf(NullPointerException.class);
      assertThat(key).hasToString("SigningKey[EC_P256, redacted]");
    }
  }

  @Test
  void kemKeyDoesNotSign() {
    var material = TestPairs.privateKey(KeyPairSpec.ML_KEM_768);
    assertThatThrownBy(() -> SigningKey.of(KeyPairSpec.ML_KEM_768, material))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void algorithmsAreFoundByTheirWireNames() {
    assertThat(SigningAlgorithm.find("RSASSA_PKCS1_V1_5_SHA_384"))
        .contains(SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_384);
    assertThat(SigningAlgorithm.find("SM2DSA_SM3")).contains(SigningAlgorithm.SM2DSA_SM3);
    assertThat(SigningAlgorithm.find("ecdsa_sha_256")).isEmpty();
  }
}
