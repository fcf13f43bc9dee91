package dev.keyhold.iam;

import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hmac;
import java.util.Optional;

/// The request signature algorithms that are understood: a digest and the HMAC over it. Source:
/// kinds of `Authorization` that the official SDKs send; they differ in nothing else.
enum SigningAlgorithm {
  HMAC_SHA256("SDK-HMAC-SHA256", "x-sdk-content-sha256", Digest.SHA_256),
  HMAC_SM3("SDK-HMAC-SM3", "x-sdk-content-sm3", Digest.SM3);

  private final String wireName;
  private final String bodyHashHeader;
  private final Digest digest;

  SigningAlgorithm(String wireName, String bodyHashHeader, Digest digest) {
    this.wireName = wireName;
    this.bodyHashHeader = bodyHashHeader;
    this.digest = digest;
  }

  static Optional<SigningAlgorithm> named(String wireName) {
    if (wireName.equals(HMAC_SHA256.wireName)) {
      return Optional.of(HMAC_SHA256);
    }
    if (wireName.equals(HMAC_SM3.wireName)) {
      return Optional.of(HMAC_SM3);
    }
    return Optional.empty();
  }

  /// The name in the `Authorization` header and in the first line of the string to sign.
  String wireName() {
    return wireName;
  }

  /// The header in which a caller may repeat the hash of the body.
  String bodyHashHeader() {
    return bodyHashHeader;
  }

  /// The hash of the body and of the canonical request.
  Digest digest() {
    return digest;
  }

  /// The MAC of `message` under the secret of an access key.
  byte[] hmac(byte[] secret, byte[] message) {
    return switch (this) {
      case HMAC_SHA256 -> Hmac.sha256(secret, message);
      case HMAC_SM3 -> Hmac.sm3(secret, message);
    };
  }
}
