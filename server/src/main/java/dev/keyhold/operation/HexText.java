package dev.keyhold.operation;

import java.util.Arrays;

/// Bytes that an answer carries as upper-case hexadecimal. The codec writes the digits straight
/// from the bytes, so that a secret never becomes a `String`; closing wipes it.
public final class HexText implements AutoCloseable {
  private final byte[] bytes;

  /// Takes ownership of `bytes`.
  public HexText(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Lends the bytes: to be read, not changed or kept.
  public byte[] lent() {
    return bytes;
  }

  @Override
  public void close() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "HexText[redacted]";
  }
}
