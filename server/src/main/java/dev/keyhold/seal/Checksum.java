package dev.keyhold.seal;

import dev.keyhold.crypto.Digest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Finds slips of the pen and of the disk in the seals' files: the first 4 bytes of the SHA-256, in
/// 8 lower-case hexadecimal digits. Who wants to forge one can.
final class Checksum {
  static final int CHARS = 8;

  private Checksum() {}

  /// Of the first `length` bytes of `content`.
  static byte[] of(byte[] content, int length) {
    byte[] digest = Digest.SHA_256.digest(content, 0, length);
    return HexFormat.of().formatHex(digest, 0, CHARS / 2).getBytes(StandardCharsets.US_ASCII);
  }
}
