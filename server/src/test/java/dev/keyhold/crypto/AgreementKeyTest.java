package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AgreementKeyTest {
  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "EC_P521", "SECP256K1", "SM2"})
  void bothSidesAgreeWithEachProvider(KeyPairSpec spec) {
    try (EncodedKeyPair alice = KeyPairs.generate(spec);
        EncodedKeyPair bob = KeyPairs.generate(spec)) {
      byte[] expected = secret(alice, bob, CryptoProviders.jdk());
      assertThat(expected).hasSize(EcCurve.of(spec).fieldBytes());
      for (RsaEc providers : TestProviders.all()) {
        assertThat(secret(alice, bob, providers)).isEqualTo(expected);
        assertThat(secret(bob, alice, providers)).isEqualTo(expected);
      }
    }
  }

  /// About one secret in 256 begins with a zero, which must not be cut off.
  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "SECP256K1", "SM2"})
  void secretKeepsItsLeadingZero(KeyPairSpec spec) throws Exception {
    EcCurve curve = EcCurve.of(spec);
    ECPoint g = curve.domain().getG();
    int k = 1;
    while (x(g.multiply(BigInteger.valueOf(k)), curve)[0] != 0) {
      k++;
    }
    byte[] expected = x(g.multiply(BigInteger.valueOf(k)), curve);
    var d = new ECPrivateKeyParameters(BigInteger.valueOf(k), curve.domain());
    byte[] peer = Der.encode(new SubjectPublicKeyInfo(curve.algorithm(), g.getEncoded(false)));
    for (RsaEc providers : TestProviders.all()) {
      try (var key = AgreementKey.of(spec, EcKeys.encode(curve, d).privateKey(), () -> providers)) {
        assertThat(key.agree(peer).orElseThrow().lend(byte[]::clone)).isEqualTo(expected);
      }
    }
  }

  private static byte[] x(ECPoint point, EcCurve curve) {
    return BigIntegers.asUnsignedByteArray(
        curve.fieldBytes(), point.normalize().getAffineXCoord().toBigInteger());
  }

  private static byte[] secret(EncodedKeyPair mine, EncodedKeyPair other, RsaEc providers) {
    var copy = new KeyMaterial(mine.privateKey().lend(byte[]::clone));
    try (var key = AgreementKey.of(mine.spec(), copy, () -> providers)) {
      return key.agree(other.publicKey().lent()).orElseThrow().lend(byte[]::clone);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "SECP256K1", "SM2"})
  void invalidPublicKeysAreRefused(KeyPairSpec spec) throws Exception {
    EcCurve curve = EcCurve.of(spec);
    for (RsaEc providers : TestProviders.all()) {
      try (EncodedKeyPair peer = KeyPairs.generate(spec);
          EncodedKeyPair stranger =
              KeyPairs.generate(spec == KeyPairSpec.SM2 ? KeyPairSpec.SECP256K1 : KeyPairSpec.SM2);
          var key = AgreementKey.of(spec, KeyPairs.generate(spec).privateKey(), () -> providers)) {
        byte[] good = peer.publicKey().lent();
        assertThat(key.agree(good)).isPresent();
        byte[] offCurve = good.clone();
        offCurve[good.length - 1] ^= 1;
        assertThat(key.agree(offCurve)).isEmpty();
        byte[] infinity = Der.encode(new SubjectPublicKeyInfo(curve.algorithm(), new byte[] {0}));
        assertThat(key.agree(infinity)).isEmpty();
        byte[] zero = new byte[1 + 2 * curve.fieldBytes()];
        zero[0] = 4;
        assertThat(key.agree(Der.encode(new SubjectPublicKeyInfo(curve.algorithm(), zero))))
            .isEmpty();
        assertThat(key.agree(stranger.publicKey().lent())).isEmpty();
        assertThat(key.agree(Arrays.copyOf(good, good.length - 1))).isEmpty();
        assertThat(key.agree(new byte[0])).isEmpty();
      }
    }
  }

  @Test
  void keysThatDoNotAgreeAreRefusedAndClosedOnesToo() {
    KeyMaterial ed25519 = KeyPairs.generate(KeyPairSpec.ED25519).privateKey();
    assertThatThrownBy(() -> AgreementKey.of(KeyPairSpec.ED25519, ed25519))
        .isInstanceOf(IllegalArgumentException.class);
    EncodedKeyPair pair = KeyPairs.generate(KeyPairSpec.EC_P256);
    var key = AgreementKey.of(KeyPairSpec.EC_P256, pair.privateKey());
    assertThat(key).hasToString("AgreementKey[EC_P256, redacted]");
    key.close();
    assertThatThrownBy(() -> key.agree(pair.publicKey().lent()))
        .isInstanceOf(IllegalStateException.class);
  }
}
