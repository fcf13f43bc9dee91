package dev.keyhold.iam;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/// The request signature algorithms that are understood: a digest and the HMAC over it. Source:
/// kinds of `Authorization` the official SDKs send; they differ in nothing else.
final class SigningAlgorithm {
  private static final SigningAlgorithm HMAC_SHA256 =
      new SigningAlgorithm("SDK-HMAC-SHA256", "x-sdk-content-sha256", Sha256::new);
  private static final SigningAlgorithm HMAC_SM3 =
      new SigningAlgorithm("SDK-HMAC-SM3", "x-sdk-content-sm3", Sm3::new);

  /// Bytes of a digest and of a MAC, under every algorithm.
  static final int OUTPUT_BYTES = 32;

  private final String wireName;
  private final String bodyHashHeader;
  private final Pool<Hashing> pool;

  private SigningAlgorithm(String wireName, String bodyHashHeader, Supplier<Hashing> maker) {
    this.wireName = wireName;
    this.bodyHashHeader = bodyHashHeader;
    this.pool = new Pool<>(maker);
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

  /// The MAC of `input` under the secret of an access key.
  byte[] hmac(byte[] secret, byte[] input) {
    Hashing hashing = pool.take();
    try {
      return hashing.hmac(secret, input);
    } finally {
      pool.give(hashing);
    }
  }

  /// Objects of this algorithm for one signature check, to be given back to [#pool].
  Pool<Hashing> pool() {
    return pool;
  }

  /// A digest and an HMAC for one thread at a time.
  interface Hashing {
    byte[] digest(byte[] input, int length);

    byte[] hmac(byte[] key, byte[] input);
  }

  private static final class Sha256 implements Hashing {
    private static final String MAC_ALGORITHM = "HmacSHA256";
    private final MessageDigest digest;
    private final Mac mac;

    Sha256() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
        mac = Mac.getInstance(MAC_ALGORITHM);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has SHA-256", e);
      }
    }

    @Override
    public byte[] digest(byte[] input, int length) {
      digest.update(input, 0, length);
      return digest.digest();
    }

    @Override
    public byte[] hmac(byte[] key, byte[] input) {
      try {
        mac.init(new SecretKeySpec(key, MAC_ALGORITHM));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("HMAC takes any key", e);
      }
      return mac.doFinal(input);
    }
  }

  private static final class Sm3 implements Hashing {
    private final SM3Digest digest = new SM3Digest();
    private final HMac mac = new HMac(new SM3Digest());

    @Override
    public byte[] digest(byte[] input, int length) {
      byte[] output = new byte[OUTPUT_BYTES];
      digest.update(input, 0, length);
      digest.doFinal(output, 0);
      return output;
    }

    @Override
    public byte[] hmac(byte[] key, byte[] input) {
      byte[] output = new byte[OUTPUT_BYTES];
      mac.init(new KeyParameter(key));
      mac.update(input, 0, input.length);
      mac.doFinal(output, 0);
      return output;
    }
  }
}
