package dev.keyhold.iam;

import java.util.Arrays;

/// A growing text of bytes: what a canonical request is written into.
final class ByteText {
  private static final byte[] UPPER_HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };
  private static final byte[] LOWER_HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };
  private static final boolean[] UNRESERVED = new boolean[256];

  static {
    for (char c :
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~".toCharArray()) {
      UNRESERVED[c] = true;
    }
  }

  private byte[] bytes = new byte[1024];
  private int length;

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
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * length);
    }
    bytes[length++] = (byte) b;
  }

  /// Adds characters that stand for one byte each.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301` for a control character, which
  ///   could pass one line off as two, and for one that is no byte
  void add(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c > 0xFF) {
        throw Refusals.malformedSignature("the signed parts hold a character no header may have");
      }
      add(c);
    }
  }

  void add(byte[] content) {
    for (byte b : content) {
      add(b);
    }
  }

  void addHex(byte[] content) {
    for (byte b : content) {
      add(LOWER_HEX[(b >> 4) & 15]);
      add(LOWER_HEX[b & 15]);
    }
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
