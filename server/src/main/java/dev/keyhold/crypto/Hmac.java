package dev.keyhold.crypto;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/// HMAC-SHA256 (RFC 2104, FIPS 198-1) and HMAC-SM3. MACs are compared with [#matches] and nothing
/// else.
public final class Hmac {
  public static final int BYTES = 32;

  private Hmac() {}

  /// The MAC of `length` bytes of `in`, written to `out`. A key may have any length.
  public static void sha256(
      byte[] key, byte[] in, int offset, int length, byte[] out, int outOffset) {
    Objects.checkFromIndexSize(offset, length, in.length);
    Objects.checkFromIndexSize(outOffset, BYTES, out.length);
    try (var work = Workspace.borrow()) {
      Mac mac = work.hmacSha256();
      try {
        mac.init(new RawKey("HmacSHA256", key));
        mac.update(in, offset, length);
        mac.doFinal(out, outOffset);
      } catch (InvalidKeyException | ShortBufferException | RuntimeException e) {
        work.discard();
        throw new IllegalStateException("the provider refused an HMAC", e);
      }
    }
  }

  public static byte[] sha256(byte[] key, byte[] message) {
    byte[] out = new byte[BYTES];
    sha256(key, message, 0, message.length, out, 0);
    return out;
  }

  /// HMAC-SM3 (GB/T 15852.2), 32 bytes. Makes its objects anew: few callers sign with it.
  public static byte[] sm3(byte[] key, byte[] message) {
    var mac = new HMac(new SM3Digest());
    mac.init(new KeyParameter(key));
    mac.update(message, 0, message.length);
    byte[] out = new byte[BYTES];
    mac.doFinal(out, 0);
    return out;
  }

  /// Whether two MACs are equal, in a time that does not tell where they differ.
  public static boolean matches(byte[] expected, byte[] given) {
    return MessageDigest.isEqual(expected, given);
  }
}
