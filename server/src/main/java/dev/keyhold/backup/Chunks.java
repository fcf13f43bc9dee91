package dev.keyhold.backup;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hkdf;
import dev.keyhold.crypto.Hmac;
import dev.keyhold.crypto.KeyMaterial;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Seals and opens what follows the first line of a backup: chunks of at most 64 KiB, each bound to
/// its place, to the backup and to whether it is the last.
///
///     offset  bytes
///          0      1  1 for the last chunk, else 0
///          1      4  n, LE32, 0 to 65536
///          5     24  nonce
///         29   n+16  XAES-256-GCM ciphertext and tag,
///                    AAD = SHA-256 of the first line, number of the chunk LE64 from 0, last byte
///
/// The nonce is the beginning of HMAC-SHA256 over AAD and plaintext. So the same snapshot gives the
/// same bytes again, which is what lets a backup resume, and two plaintexts never share a nonce,
/// whatever happens to a snapshot in between.
final class Chunks implements AutoCloseable {
  static final int MOST = 1 << 16;
  static final int PREFIX = 1 + Integer.BYTES + AeadKey.NONCE_BYTES;
  static final int OVERHEAD = PREFIX + AeadKey.TAG_BYTES;

  private static final int NONCE_AT = 1 + Integer.BYTES;
  private static final byte[] NO_SALT = {};

  private final byte[] header;
  private final AeadKey sealing;
  private final KeyMaterial nonces;
  private long index;

  /// Takes ownership of `key`.
  Chunks(BackupHeader header, KeyMaterial key) {
    this.header = header.hash();
    try (key) {
      this.sealing = AeadKey.of(AeadSuite.XAES_256_GCM, derived(key, "chunks"));
      this.nonces = derived(key, "nonces");
    }
  }

  private static KeyMaterial derived(KeyMaterial key, String purpose) {
    byte[] info = ("keyhold backup v1 " + purpose).getBytes(StandardCharsets.UTF_8);
    return key.lend(bytes -> Hkdf.sha256(bytes, NO_SALT, info, BackupHeader.KEY_BYTES));
  }

  /// The next chunk.
  byte[] seal(byte[] plaintext, int length, boolean last) {
    byte[] aad = aad(last);
    byte[] message = Arrays.copyOf(aad, aad.length + length);
    System.arraycopy(plaintext, 0, message, aad.length, length);
    byte[] nonce = nonces.lend(key -> Hmac.sha256(key, message));
    byte[] out = new byte[OVERHEAD + length];
    ByteBuffer.wrap(out)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) (last ? 1 : 0))
        .putInt(length)
        .put(nonce, 0, AeadKey.NONCE_BYTES);
    sealing.seal(nonce, 0, aad, aad.length, plaintext, 0, length, out, PREFIX);
    index++;
    return out;
  }

  /// How long the ciphertext and tag of a chunk with this prefix are.
  ///
  /// @throws BackupException when no chunk begins like this
  static int sealedLength(byte[] prefix) {
    int length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getInt(1);
    if ((prefix[0] != 0 && prefix[0] != 1) || length < 0 || length > MOST) {
      throw altered();
    }
    return length + AeadKey.TAG_BYTES;
  }

  static boolean isLast(byte[] prefix) {
    return prefix[0] == 1;
  }

  /// Opens the next chunk.
  ///
  /// @throws BackupException when it is not the one that was sealed in this place
  byte[] open(byte[] prefix, byte[] sealed) {
    byte[] aad = aad(isLast(prefix));
    byte[] out = new byte[sealed.length - AeadKey.TAG_BYTES];
    if (!sealing.open(prefix, NONCE_AT, aad, aad.length, sealed, 0, sealed.length, out, 0)) {
      throw altered();
    }
    index++;
    return out;
  }

  static BackupException altered() {
    return new BackupException("The backup was altered or is damaged: none of it is used.");
  }

  private byte[] aad(boolean last) {
    return ByteBuffer.allocate(Digest.BYTES + Long.BYTES + 1)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(header)
        .putLong(index)
        .put((byte) (last ? 1 : 0))
        .array();
  }

  @Override
  public void close() {
    sealing.close();
    nonces.close();
  }
}
