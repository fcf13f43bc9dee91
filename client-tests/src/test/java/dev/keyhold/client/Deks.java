package dev.keyhold.client;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.SM3Digest;

/// Data keys in the form that encrypt-datakey takes them: hex of the key, then of its digest.
final class Deks {
  static final String ZEROS_64 = "00".repeat(64);
  static final String DIGEST_OF_ZEROS_64 =
      "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b";

  /// The API page's example.
  static final String EXAMPLE =
      "7549d9aea901767bf3c0b3e14b10722eaf6f59053bbd82045d04e075e809a0fe"
          + "6ccab48f8e5efe74e4b18ff0512525e527b10331100f357bf42125d8d5ced94f";

  static final String DIGEST_OF_EXAMPLE =
      "fbc8ac72b0785ca7fe33eb6776ce3990b11e32b299d9c0a9ee0305fb9540f797";

  private static final HexFormat HEX = HexFormat.of();
  private static final SecureRandom RANDOM = new SecureRandom();

  private Deks() {}

  /// A new data key, in lower-case hex.
  static String random(int bytes) {
    byte[] key = new byte[bytes];
    RANDOM.nextBytes(key);
    return HEX.formatHex(key);
  }

  static String sha256(String hex) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(HEX.parseHex(hex)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }

  static String sm3(String hex) {
    byte[] bytes = HEX.parseHex(hex);
    var digest = new SM3Digest();
    digest.update(bytes, 0, bytes.length);
    byte[] out = new byte[32];
    digest.doFinal(out, 0);
    return HEX.formatHex(out);
  }

  static String withSha256(String hex) {
    return hex + sha256(hex);
  }

  static String withSm3(String hex) {
    return hex + sm3(hex);
  }
}
