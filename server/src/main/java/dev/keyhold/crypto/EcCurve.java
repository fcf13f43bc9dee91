package dev.keyhold.crypto;

import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.math.ec.ECPoint;

/// A prime-order curve: SP 800-186, SEC 2, GB/T 32918.5.
final class EcCurve {
  static final EcCurve P256 =
      new EcCurve(KeyPairSpec.EC_P256, SECObjectIdentifiers.secp256r1, "secp256r1", true);
  static final EcCurve P384 =
      new EcCurve(KeyPairSpec.EC_P384, SECObjectIdentifiers.secp384r1, "secp384r1", true);
  static final EcCurve P521 =
      new EcCurve(KeyPairSpec.EC_P521, SECObjectIdentifiers.secp521r1, "secp521r1", true);
  static final EcCurve K256 =
      new EcCurve(KeyPairSpec.SECP256K1, SECObjectIdentifiers.secp256k1, "secp256k1", false);
  static final EcCurve SM2 =
      new EcCurve(KeyPairSpec.SM2, GMObjectIdentifiers.sm2p256v1, "sm2p256v1", false);

  private static final byte UNCOMPRESSED = 4;

  private final KeyPairSpec spec;
  private final ASN1ObjectIdentifier oid;
  private final String name;
  private final boolean nist;
  private final ECNamedDomainParameters domain;

  private EcCurve(KeyPairSpec spec, ASN1ObjectIdentifier oid, String name, boolean nist) {
    this.spec = spec;
    this.oid = oid;
    this.name = name;
    this.nist = nist;
    this.domain = new ECNamedDomainParameters(oid, CustomNamedCurves.getByOID(oid));
  }

  static EcCurve of(KeyPairSpec spec) {
    return switch (spec) {
      case EC_P256 -> P256;
      case EC_P384 -> P384;
      case EC_P521 -> P521;
      case SECP256K1 -> K256;
      case SM2 -> SM2;
      default -> throw new IllegalArgumentException(spec + " has no curve of this form");
    };
  }

  KeyPairSpec spec() {
    return spec;
  }

  ASN1ObjectIdentifier oid() {
    return oid;
  }

  /// The JCA's name.
  String curveName() {
    return name;
  }

  ECNamedDomainParameters domain() {
    return domain;
  }

  BigInteger order() {
    return domain.getN();
  }

  /// The length of a coordinate; on each of these curves a private key has it too.
  int fieldBytes() {
    return (spec.size() + Byte.SIZE - 1) / Byte.SIZE;
  }

  /// Whether the JDK and Corretto know it; else it is BouncyCastle's.
  boolean isNist() {
    return nist;
  }

  AlgorithmIdentifier algorithm() {
    return new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, oid);
  }

  /// The point of `04 x y`: on the curve, and not the point at infinity.
  ///
  /// @throws IllegalArgumentException for anything else, a compressed point too
  ECPoint point(byte[] encoded) {
    Der.require(
        encoded.length == 1 + 2 * fieldBytes() && encoded[0] == UNCOMPRESSED,
        "not an uncompressed point");
    return domain.getCurve().decodePoint(encoded); // refuses points that are not on the curve
  }
}
