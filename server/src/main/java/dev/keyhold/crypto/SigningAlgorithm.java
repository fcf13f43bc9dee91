package dev.keyhold.crypto;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/// A signature scheme with its hash. The names are those of `signing_algorithm`; ED25519 and
/// ML_DSA_* are ours, named like the keys, as the schemes have no variants to choose from.
///
/// | algorithm | keys | signature |
/// | --- | --- | --- |
/// | RSASSA_PSS_SHA_* | RSA_* | RFC 8017 8.1, MGF1 with the same hash, salt as long as the hash |
/// | RSASSA_PKCS1_V1_5_SHA_* | RSA_* | RFC 8017 8.2 |
/// | ECDSA_SHA_256 | EC_P256, SECP256K1 | FIPS 186-5 6, DER of (r, s); of two such, either s |
/// | ECDSA_SHA_384 | EC_P384 | likewise |
/// | ECDSA_SHA_512 | EC_P521 | likewise |
/// | SM2DSA_SM3 | SM2 | GB/T 32918.2, DER of (r, s), user id `1234567812345678` |
/// | ED25519 | ED25519 | RFC 8032 5.1, 64 bytes |
/// | ML_DSA_* | the same name | FIPS 204 5.2, hedged, empty context |
public enum SigningAlgorithm {
  RSASSA_PSS_SHA_256("SHA-256"),
  RSASSA_PSS_SHA_384("SHA-384"),
  RSASSA_PSS_SHA_512("SHA-512"),
  RSASSA_PKCS1_V1_5_SHA_256("SHA-256"),
  RSASSA_PKCS1_V1_5_SHA_384("SHA-384"),
  RSASSA_PKCS1_V1_5_SHA_512("SHA-512"),
  ECDSA_SHA_256("SHA-256"),
  ECDSA_SHA_384("SHA-384"),
  ECDSA_SHA_512("SHA-512"),
  SM2DSA_SM3("SM3"),
  ED25519(""),
  ML_DSA_44(""),
  ML_DSA_65(""),
  ML_DSA_87("");

  private final String hash;

  SigningAlgorithm(String hash) {
    this.hash = hash;
  }

  public static Optional<SigningAlgorithm> find(String name) {
    return Arrays.stream(values()).filter(one -> one.name().equals(name)).findFirst();
  }

  /// Whether keys of `spec` sign with it.
  public boolean fits(KeyPairSpec spec) {
    return switch (this) {
      case RSASSA_PSS_SHA_256,
          RSASSA_PSS_SHA_384,
          RSASSA_PSS_SHA_512,
          RSASSA_PKCS1_V1_5_SHA_256,
          RSASSA_PKCS1_V1_5_SHA_384,
          RSASSA_PKCS1_V1_5_SHA_512 ->
          spec.kind() == KeyPairSpec.Kind.RSA;
      case ECDSA_SHA_256 -> spec == KeyPairSpec.EC_P256 || spec == KeyPairSpec.SECP256K1;
      case ECDSA_SHA_384 -> spec == KeyPairSpec.EC_P384;
      case ECDSA_SHA_512 -> spec == KeyPairSpec.EC_P521;
      case SM2DSA_SM3 -> spec == KeyPairSpec.SM2;
      case ED25519 -> spec == KeyPairSpec.ED25519;
      case ML_DSA_44 -> spec == KeyPairSpec.ML_DSA_44;
      case ML_DSA_65 -> spec == KeyPairSpec.ML_DSA_65;
      case ML_DSA_87 -> spec == KeyPairSpec.ML_DSA_87;
    };
  }

  /// The length of the digest a caller may send in place of the message (`message_type` DIGEST).
  /// For SM2 that is the digest of Z and the message, `e` in the standard. Empty where the scheme
  /// signs messages only.
  public OptionalInt digestBytes() {
    return switch (hash) {
      case "SHA-256", "SM3" -> OptionalInt.of(32);
      case "SHA-384" -> OptionalInt.of(48);
      case "SHA-512" -> OptionalInt.of(64);
      default -> OptionalInt.empty();
    };
  }

  /// The name of the hash as the JCA has it, empty where there is none.
  String hash() {
    return hash;
  }

  /// The digest of a message, by one of the SHA-2 family.
  byte[] sha2(byte[] message) {
    return Providers.mustHave(() -> MessageDigest.getInstance(hash, Providers.SUN)).digest(message);
  }
}
