package dev.keyhold.crypto;

import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// DER (X.690) that has one spelling: what is parsed must be what we would have written.
///
/// Methods throw [IOException] or [IllegalArgumentException] for anything else.
final class Der {
  /// More than the longest key has: an RSA_4096 private key takes 2,400 bytes, an ML_DSA_87 one in
  /// both its forms 5,000.
  private static final int MOST_BYTES = 8192;

  private Der() {}

  static byte[] encode(ASN1Encodable value) throws IOException {
    return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
  }

  static ASN1Primitive parse(byte[] der) throws IOException {
    require(der.length <= MOST_BYTES, "too long");
    ASN1Primitive value = ASN1Primitive.fromByteArray(der);
    require(value != null, "empty");
    requireSame(value, der);
    return value;
  }

  /// RFC 5958, versions 1 and 2, with exactly this algorithm and these parameters.
  static PrivateKeyInfo pkcs8(byte[] der, AlgorithmIdentifier expected) throws IOException {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(parse(der));
    requireSame(info, der);
    require(info.getPrivateKeyAlgorithm().equals(expected), "of another algorithm");
    return info;
  }

  /// RFC 5280, section 4.1.2.7, with exactly this algorithm and these parameters.
  static SubjectPublicKeyInfo spki(byte[] der, AlgorithmIdentifier expected) throws IOException {
    SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(parse(der));
    requireSame(info, der);
    require(info.getAlgorithm().equals(expected), "of another algorithm");
    require(info.getPublicKeyData().getPadBits() == 0, "not whole bytes");
    return info;
  }

  /// Fails unless `der` is what `parsed` encodes to.
  static void requireSame(ASN1Encodable parsed, byte[] der) throws IOException {
    byte[] canonical = encode(parsed);
    boolean same = Arrays.equals(canonical, der);
    Arrays.fill(canonical, (byte) 0);
    require(same, "not DER");
  }

  static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException("the key is " + otherwise);
    }
  }
}
