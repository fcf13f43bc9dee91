package dev.keyhold.crypto;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/// An immutable byte string that is no secret: a wrapped key, a MAC, a ciphertext. Equal by
/// content.
public final class Bytes {
  private final byte[] array;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /// Takes ownership of `array`: the caller must not change it afterwards.
  public static Bytes owning(byte[] array) {
    return new Bytes(array);
  }

  public int length() {
    return array.length;
  }

  /// Lends the content: to be read, never to be changed or kept.
  public byte[] lent() {
    return array;
  }

  /// Equal content, in a time that depends on the lengths alone.
  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && MessageDigest.isEqual(array, that.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  /// Hexadecimal.
  @Override
  public String toString() {
    return HexFormat.of().formatHex(array);
  }
}
