package dev.keyhold.crypto;

import java.util.Objects;

/// A hash function with a 32-byte digest.
public enum Digest {
  /// FIPS 180-4.
  SHA_256,
  /// GB/T 32905-2016.
  SM3;

  public static final int BYTES = 32;

  /// The digest of `length` bytes of `in`, written to `out`.
  public void digest(byte[] in, int offset, int length, byte[] out, int outOffset) {
    Objects.checkFromIndexSize(offset, length, in.length);
    Objects.checkFromIndexSize(outOffset, BYTES, out.length);
    try (var work = Workspace.borrow()) {
      work.digest(this, in, offset, length, out, outOffset);
    }
  }

  public byte[] digest(byte[] in, int offset, int length) {
    byte[] out = new byte[BYTES];
    digest(in, offset, length, out, 0);
    return out;
  }

  public byte[] digest(byte[] in) {
    return digest(in, 0, in.length);
  }
}
