package dev.keyhold.envelope;

/// The format's integers: unsigned, lowest byte first.
final class LittleEndian {
  static final int INT_BYTES = 4;

  private LittleEndian() {}

  static void putShort(byte[] out, int offset, int value) {
    out[offset] = (byte) value;
    out[offset + 1] = (byte) (value >>> 8);
  }

  static void putInt(byte[] out, int offset, int value) {
    putShort(out, offset, value);
    putShort(out, offset + 2, value >>> 16);
  }

  static int getShort(byte[] in, int offset) {
    return (in[offset] & 0xff) | (in[offset + 1] & 0xff) << 8;
  }

  /// Negative for what does not fit 31 bits.
  static int getInt(byte[] in, int offset) {
    return getShort(in, offset) | getShort(in, offset + 2) << 16;
  }
}
