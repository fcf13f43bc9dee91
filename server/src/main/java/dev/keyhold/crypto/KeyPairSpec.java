package dev.keyhold.crypto;

/// A kind of key pair. The names are those of `key_spec`; EC_P521 is a data key pair only.
///
/// Private keys are PKCS#8 DER (RFC 5958), public keys SPKI DER (RFC 5280), with the contents:
///
///     RSA_*      RFC 8017 A.1: two primes, 65537 <= e < 2^256 (FIPS 186-5 A.1.1)
///     EC_*, SECP256K1, SM2
///                RFC 5915 with the public key, RFC 5480 with a named curve and an uncompressed
///                point; the curve of SM2 is sm2p256v1 (GB/T 32918.5)
///     ED25519    RFC 8410
///     ML_DSA_*   RFC 9881: the seed where it is known, else the expanded key
///     ML_KEM_*   RFC 9935: likewise
public enum KeyPairSpec {
  RSA_2048(Kind.RSA, 2048),
  RSA_3072(Kind.RSA, 3072),
  RSA_4096(Kind.RSA, 4096),
  EC_P256(Kind.EC, 256),
  EC_P384(Kind.EC, 384),
  EC_P521(Kind.EC, 521),
  SECP256K1(Kind.EC, 256),
  SM2(Kind.EC, 256),
  ED25519(Kind.EDWARDS, 255),
  ML_DSA_44(Kind.ML_DSA, 44),
  ML_DSA_65(Kind.ML_DSA, 65),
  ML_DSA_87(Kind.ML_DSA, 87),
  ML_KEM_768(Kind.ML_KEM, 768),
  ML_KEM_1024(Kind.ML_KEM, 1024);

  /// Keys of one kind are parsed and used alike.
  enum Kind {
    RSA,
    EC,
    EDWARDS,
    ML_DSA,
    ML_KEM
  }

  private final Kind kind;
  private final int size;

  KeyPairSpec(Kind kind, int size) {
    this.kind = kind;
    this.size = size;
  }

  Kind kind() {
    return kind;
  }

  /// The modulus or field in bits, or the parameter set's own number.
  int size() {
    return size;
  }
}
