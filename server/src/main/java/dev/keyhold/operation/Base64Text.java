package dev.keyhold.operation;

import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// Bytes that an answer carries as Base64 with padding (RFC 4648, section 4). The codec writes the
/// digits straight from the bytes, so that a secret never becomes a `String`; closing wipes it.
public final class Base64Text implements AutoCloseable {
  private static final int MOST_ASCII = 0x7f;

  private final byte[] bytes;

  /// Takes ownership of `bytes`.
  public Base64Text(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Lends the bytes: to be read, not changed or kept.
  public byte[] lent() {
    return bytes;
  }

  /// Reads the one spelling that an encoder writes: padded, no line breaks, no stray bits at the
  /// end.
  ///
  /// @return empty for anything else
  static Optional<byte[]> decode(char[] text) {
    byte[] ascii = new byte[text.length];
    try {
      for (int i = 0; i < text.length; i++) {
        if (text[i] > MOST_ASCII) {
          return Optional.empty();
        }
        ascii[i] = (byte) text[i];
      }
      return decode(ascii);
    } finally {
      Arrays.fill(ascii, (byte) 0);
    }
  }

  static Optional<byte[]> decode(String text) {
    return decode(text.toCharArray());
  }

  private static Optional<byte[]> decode(byte[] ascii) {
    byte[] decoded;
    try {
      decoded = Base64.getDecoder().decode(ascii);
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
    byte[] spelling = Base64.getEncoder().encode(decoded);
    boolean same = Arrays.equals(spelling, ascii);
    Arrays.fill(spelling, (byte) 0);
    if (!same) {
      Arrays.fill(decoded, (byte) 0);
      return Optional.empty();
    }
    return Optional.of(decoded);
  }

  @Override
  public void close() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "Base64Text[redacted]";
  }
}
