package dev.keyhold.crypto;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.BERTags;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERTaggedObject;

/// The private keys of ML-DSA (RFC 9881, section 6) and ML-KEM (RFC 9935, section 6), which are a
/// choice of the seed `[0]`, the expanded key that FIPS 204 and 203 define, or both in a sequence.
final class MlEncoding {
  private MlEncoding() {}

  /// The seed of a key where it is given, else the expanded key. Where both are given they must be
  /// the same key.
  ///
  /// @param expand the expanded key of a seed; of an expanded key, the same
  static byte[] read(byte[] der, int seedBytes, UnaryOperator<byte[]> expand) throws IOException {
    return switch (Der.parse(der)) {
      case ASN1TaggedObject tagged -> {
        Der.require(tagged.hasContextTag(0) && !tagged.isExplicit(), "of an unknown form");
        yield seed(ASN1OctetString.getInstance(tagged, false), seedBytes);
      }
      case ASN1OctetString octets -> expanded(octets, seedBytes, expand);
      case ASN1Sequence both -> {
        Der.require(both.size() == 2, "of an unknown form");
        byte[] seed = seed(ASN1OctetString.getInstance(both.getObjectAt(0)), seedBytes);
        byte[] given = ASN1OctetString.getInstance(both.getObjectAt(1)).getOctets();
        Der.require(Arrays.equals(expand.apply(seed), given), "two keys");
        yield seed;
      }
      default -> throw new IllegalArgumentException("the key is of an unknown form");
    };
  }

  private static byte[] seed(ASN1OctetString octets, int seedBytes) {
    byte[] seed = octets.getOctets();
    Der.require(seed.length == seedBytes, "of another size");
    return seed;
  }

  private static byte[] expanded(
      ASN1OctetString octets, int seedBytes, UnaryOperator<byte[]> expand) {
    byte[] given = octets.getOctets();
    Der.require(given.length > seedBytes, "of another size");
    Der.require(Arrays.equals(expand.apply(given), given), "of another size");
    return given;
  }

  /// The reverse of [#read].
  static ASN1Encodable write(byte[] seedOrExpanded, int seedBytes) {
    var octets = new DEROctetString(seedOrExpanded);
    return seedOrExpanded.length == seedBytes
        ? new DERTaggedObject(false, BERTags.CONTEXT_SPECIFIC, 0, octets)
        : octets;
  }
}
