package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/// Keys on a curve, SM2's among them. Methods that parse throw for what is not a key of the spec.
final class EcKeys {
  private static final int VERSION = 1; // RFC 5915, section 3

  private EcKeys() {}

  static EncodedKeyPair generate(KeyPairSpec spec, Supplier<RsaEc> providers)
      throws GeneralSecurityException, IOException {
    EcCurve curve = EcCurve.of(spec);
    if (!curve.isNist()) {
      var generator = new ECKeyPairGenerator();
      generator.init(new ECKeyGenerationParameters(curve.domain(), SharedRandom.INSTANCE));
      return encode(curve, (ECPrivateKeyParameters) generator.generateKeyPair().getPrivate());
    }
    var generator = KeyPairGenerator.getInstance("EC", providers.get().ec());
    generator.initialize(new ECGenParameterSpec(curve.curveName()), SharedRandom.INSTANCE);
    byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
    try {
      return encode(curve, privateKey(spec, pkcs8));
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  static EncodedKeyPair encode(EcCurve curve, ECPrivateKeyParameters key) throws IOException {
    byte[] point = publicPoint(curve, key.getD()).getEncoded(false);
    var content = new ECPrivateKey(curve.order().bitLength(), key.getD(), bits(point), null);
    return new EncodedKeyPair(
        curve.spec(),
        new KeyMaterial(Der.encode(new PrivateKeyInfo(curve.algorithm(), content))),
        Bytes.owning(Der.encode(new SubjectPublicKeyInfo(curve.algorithm(), point))));
  }

  private static DERBitString bits(byte[] content) {
    return new DERBitString(content);
  }

  static ECPrivateKeyParameters privateKey(KeyPairSpec spec, byte[] pkcs8) throws IOException {
    EcCurve curve = EcCurve.of(spec);
    PrivateKeyInfo info = Der.pkcs8(pkcs8, curve.algorithm());
    byte[] content = info.getPrivateKey().getOctets();
    ASN1Sequence sequence = ASN1Sequence.getInstance(Der.parse(content));
    Der.require(
        ASN1Integer.getInstance(sequence.getObjectAt(0)).hasValue(VERSION), "of another version");
    ECPrivateKey key = ECPrivateKey.getInstance(sequence);
    Der.requireSame(key, content);
    ASN1Encodable parameters = key.getParametersObject();
    Der.require(parameters == null || parameters.equals(curve.oid()), "of another curve");

    byte[] octets = key.getPrivateKey().getOctets();
    Der.require(octets.length == curve.fieldBytes(), "of another size");
    var d = new BigInteger(1, octets);
    Der.require(d.signum() > 0 && d.compareTo(beyond(curve)) < 0, "out of range");
    requirePublic(curve, d, key.getPublicKey());
    requirePublic(curve, d, info.hasPublicKey() ? info.getPublicKeyData() : null);
    return new ECPrivateKeyParameters(d, curve.domain());
  }

  /// What private keys are below. SM2 signs with the inverse of 1 + d, which n - 1 has not: GB/T
  /// 32918.1, section 6.1.
  private static BigInteger beyond(EcCurve curve) {
    return curve.spec() == KeyPairSpec.SM2 ? curve.order().subtract(BigInteger.ONE) : curve.order();
  }

  private static void requirePublic(EcCurve curve, BigInteger d, @Nullable ASN1BitString given) {
    if (given != null) {
      ECPoint point = curve.point(given.getOctets());
      Der.require(point.equals(publicPoint(curve, d)), "inconsistent");
    }
  }

  static ECPublicKeyParameters publicKey(KeyPairSpec spec, byte[] spki) throws IOException {
    EcCurve curve = EcCurve.of(spec);
    byte[] content = Der.spki(spki, curve.algorithm()).getPublicKeyData().getOctets();
    return new ECPublicKeyParameters(curve.point(content), curve.domain());
  }

  /// The public key of a private one.
  static ECPoint publicPoint(EcCurve curve, BigInteger d) {
    return new FixedPointCombMultiplier().multiply(curve.domain().getG(), d).normalize();
  }

  /// The provider's form of what [#privateKey] accepted. For the NIST curves.
  static PrivateKey loadPrivate(byte[] pkcs8, RsaEc providers) throws GeneralSecurityException {
    return KeyFactory.getInstance("EC", providers.ec())
        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  /// The provider's form of what [#publicKey] accepted. For the NIST curves.
  static PublicKey loadPublic(byte[] spki, RsaEc providers) throws GeneralSecurityException {
    return KeyFactory.getInstance("EC", providers.ec())
        .generatePublic(new X509EncodedKeySpec(spki));
  }
}
