package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// RSA keys (RFC 8017). Methods that parse throw for what is not a key of the spec.
final class RsaKeys {
  private static final AlgorithmIdentifier ALGORITHM =
      new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
  private static final int MOST_EXPONENT_BITS = 256;
  private static final int PRIME_CERTAINTY = 100;

  /// The primes differ within their first 100 bits: FIPS 186-5, A.1.3.
  private static final int PRIMES_DIFFER_WITHIN_BITS = 100;

  private RsaKeys() {}

  static EncodedKeyPair generate(KeyPairSpec spec, RsaEc providers)
      throws GeneralSecurityException, IOException {
    var generator = KeyPairGenerator.getInstance("RSA", providers.rsaKeys());
    generator.initialize(
        new RSAKeyGenParameterSpec(spec.size(), RSAKeyGenParameterSpec.F4), SharedRandom.INSTANCE);
    byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
    try {
      return encode(spec, privateKey(spec, pkcs8));
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  static EncodedKeyPair encode(KeyPairSpec spec, RSAPrivateKey key) throws IOException {
    var publicKey = new RSAPublicKey(key.getModulus(), key.getPublicExponent());
    return new EncodedKeyPair(
        spec,
        new KeyMaterial(Der.encode(new PrivateKeyInfo(ALGORITHM, key))),
        Bytes.owning(Der.encode(new SubjectPublicKeyInfo(ALGORITHM, publicKey))));
  }

  /// Checks form and size, as is enough for a key that was sound when it was stored.
  static RSAPrivateKey privateKey(KeyPairSpec spec, byte[] pkcs8) throws IOException {
    PrivateKeyInfo info = Der.pkcs8(pkcs8, ALGORITHM);
    byte[] content = info.getPrivateKey().getOctets();
    RSAPrivateKey key = RSAPrivateKey.getInstance(Der.parse(content));
    Der.requireSame(key, content);
    Der.require(key.getVersion().signum() == 0, "of more than two primes");
    requireSize(spec, key.getModulus(), key.getPublicExponent());
    if (info.hasPublicKey()) {
      var publicKey = new RSAPublicKey(key.getModulus(), key.getPublicExponent());
      Der.requireSame(publicKey, info.getPublicKeyData().getOctets());
    }
    return key;
  }

  /// As [#privateKey], and the numbers must belong together.
  static RSAPrivateKey soundPrivate(KeyPairSpec spec, byte[] pkcs8) throws IOException {
    RSAPrivateKey key = privateKey(spec, pkcs8);
    BigInteger n = key.getModulus();
    BigInteger d = key.getPrivateExponent();
    BigInteger p = key.getPrime1();
    BigInteger q = key.getPrime2();
    int half = spec.size() / 2;
    Der.require(p.signum() > 0 && q.signum() > 0, "negative");
    Der.require(p.bitLength() == half && q.bitLength() == half, "of unequal primes");
    Der.require(p.multiply(q).equals(n), "inconsistent");
    Der.require(
        p.subtract(q).abs().bitLength() > half - PRIMES_DIFFER_WITHIN_BITS, "of close primes");
    Der.require(
        p.isProbablePrime(PRIME_CERTAINTY) && q.isProbablePrime(PRIME_CERTAINTY), "composite");

    BigInteger p1 = p.subtract(BigInteger.ONE);
    BigInteger q1 = q.subtract(BigInteger.ONE);
    BigInteger lcm = p1.multiply(q1).divide(p1.gcd(q1));
    Der.require(d.bitLength() > half && d.compareTo(n) < 0, "of an exponent out of range");
    Der.require(isInverse(d, key.getPublicExponent(), lcm), "inconsistent");
    Der.require(key.getExponent1().equals(d.mod(p1)), "inconsistent");
    Der.require(key.getExponent2().equals(d.mod(q1)), "inconsistent");
    BigInteger coefficient = key.getCoefficient();
    Der.require(coefficient.signum() > 0 && coefficient.compareTo(p) < 0, "inconsistent");
    Der.require(isInverse(coefficient, q, p), "inconsistent");
    return key;
  }

  static RSAPublicKey publicKey(KeyPairSpec spec, byte[] spki) throws IOException {
    byte[] content = Der.spki(spki, ALGORITHM).getPublicKeyData().getOctets();
    RSAPublicKey key = RSAPublicKey.getInstance(Der.parse(content));
    Der.requireSame(key, content);
    requireSize(spec, key.getModulus(), key.getPublicExponent());
    return key;
  }

  /// The provider's form of what [#privateKey] accepted.
  static PrivateKey loadPrivate(byte[] pkcs8, RsaEc providers) throws GeneralSecurityException {
    return KeyFactory.getInstance("RSA", providers.rsaKeys())
        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  /// The provider's form of what [#publicKey] accepted.
  static PublicKey loadPublic(byte[] spki, RsaEc providers) throws GeneralSecurityException {
    return KeyFactory.getInstance("RSA", providers.rsaKeys())
        .generatePublic(new X509EncodedKeySpec(spki));
  }

  private static void requireSize(KeyPairSpec spec, BigInteger n, BigInteger e) {
    Der.require(n.signum() > 0 && n.bitLength() == spec.size(), "of another size");
    Der.require(n.testBit(0) && e.testBit(0), "even");
    Der.require(
        e.compareTo(RSAKeyGenParameterSpec.F4) >= 0 && e.bitLength() <= MOST_EXPONENT_BITS,
        "of a public exponent out of range");
  }

  private static boolean isInverse(BigInteger one, BigInteger other, BigInteger modulus) {
    return one.multiply(other).mod(modulus).equals(BigInteger.ONE);
  }
}
