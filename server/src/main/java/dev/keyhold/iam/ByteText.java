package dev.keyhold.iam;

import dev.keyhold.crypto.Hex;
import java.util.Arrays;

/// A growing text of bytes: what a canonical request is written into.
final class ByteText {
  private static final byte[] UPPER_HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };
  private static final boolean[] UNRESERVED = new boolean[256];

  static {
    for (char c :
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~".toCharArray()) {
      UNRESERVED[c] = true;
    }
  }

  private byte[] bytes;
  private int length;

  /// @param capacity how many bytes it has room for before it grows
  ByteText(int capacity) {
    bytes = new byte[capacity];
  }

  /// The content: the first [#length] bytes, valid until the next call that adds.
  byte[] lent() {
    return bytes;
  }

  int length() {
    return length;
  }

  byte[] copy() {
    return Arrays.copyOf(bytes, length);
  }

  void add(int b) {
    reserve(1);
    bytes[length++] = (byte) b;
  }

  private void reserve(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }

  /// Adds characters that stand for one byte each.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301` for a control character, which
  ///   could pass one line off as two, and for one that is no byte
  void add(String text) {
    int size = text.length();
    reserve(size);
    for (int i = 0; i < size; i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c > 0xFF) {
        throw Refusals.malformedSignature("the signed parts hold a character no header may have");
      }
      bytes[length + i] = (byte) c;
    }
    length += size;
  }

  void add(byte[] content) {
    reserve(content.length);
    System.arraycopy(content, 0, bytes, length, content.length);
    length += content.length;
  }

  /// Adds two lower-case digits for each byte.
  void addHex(byte[] content) {
    reserve(2 * content.length);
    Hex.lower(content, 0, content.length, bytes, length);
    length += 2 * content.length;
  }

  /// Adds one byte percent-encoded, or as it is when RFC 3986 section 2.3 leaves it unreserved.
  void addEncoded(int b) {
    if (UNRESERVED[b & 0xFF]) {
      add(b);
    } else {
      add('%');
      add(UPPER_HEX[(b >> 4) & 15]);
      add(UPPER_HEX[b & 15]);
    }
  }
}
