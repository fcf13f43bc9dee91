package dev.keyhold.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Hexadecimal, strictly: two digits a byte, nothing between, either case in, the asked-for case
/// out. Works on arrays, so that a key in hex need not become a `String`, which nobody can wipe;
/// and without branches or tables indexed by a digit, so that its time tells nothing of them.
public final class Hex {
  private static final int UPPER_GAP = 'A' - '0' - 10;
  private static final int LOWER_GAP = 'a' - '0' - 10;

  private Hex() {}

  /// @return empty unless `text` is an even number of hexadecimal digits
  public static Optional<byte[]> decode(String text) {
    if (text.length() % 2 != 0) {
      return Optional.empty();
    }
    byte[] out = new byte[text.length() / 2];
    int bad = 0;
    for (int i = 0; i < out.length; i++) {
      int value = value(text.charAt(2 * i)) << 4 | value(text.charAt(2 * i + 1));
      bad |= value;
      out[i] = (byte) value;
    }
    return accepted(out, bad);
  }

  /// @return empty unless `text` is an even number of hexadecimal digits
  public static Optional<byte[]> decode(char[] text) {
    if (text.length % 2 != 0) {
      return Optional.empty();
    }
    byte[] out = new byte[text.length / 2];
    int bad = 0;
    for (int i = 0; i < out.length; i++) {
      int value = value(text[2 * i]) << 4 | value(text[2 * i + 1]);
      bad |= value;
      out[i] = (byte) value;
    }
    return accepted(out, bad);
  }

  /// Decodes ASCII digits.
  ///
  /// @return empty unless `length` is even and all of them are hexadecimal digits
  public static Optional<byte[]> decode(byte[] ascii, int offset, int length) {
    if (length % 2 != 0) {
      return Optional.empty();
    }
    byte[] out = new byte[length / 2];
    int bad = 0;
    for (int i = 0; i < out.length; i++) {
      int at = offset + 2 * i;
      int value = value((char) (ascii[at] & 0xff)) << 4 | value((char) (ascii[at + 1] & 0xff));
      bad |= value;
      out[i] = (byte) value;
    }
    return accepted(out, bad);
  }

  private static Optional<byte[]> accepted(byte[] out, int bad) {
    if (bad < 0) {
      Arrays.fill(out, (byte) 0);
      return Optional.empty();
    }
    return Optional.of(out);
  }

  /// The digit's value, or -1.
  private static int value(char c) {
    int letter = c | 0x20;
    int notDigit = (c - '0') | ('9' - c); // negative unless c is between the two
    int notLetter = (letter - 'a') | ('f' - letter);
    int bad = (notDigit & notLetter) >> 31; // all ones unless c is a digit
    return ((c & 0xf) + 9 * (c >>> 6)) | bad; // letters have bit 6, and 'a' ends in 1
  }

  /// Upper-case ASCII digits.
  public static byte[] upper(byte[] bytes) {
    return encode(bytes, UPPER_GAP);
  }

  /// Lower-case ASCII digits.
  public static byte[] lower(byte[] bytes) {
    return encode(bytes, LOWER_GAP);
  }

  /// Upper-case digits for what is no secret.
  public static String upperText(byte[] bytes) {
    return new String(upper(bytes), StandardCharsets.ISO_8859_1);
  }

  /// Lower-case digits for what is no secret.
  public static String lowerText(byte[] bytes) {
    return new String(lower(bytes), StandardCharsets.ISO_8859_1);
  }

  /// Writes 2 x `length` upper-case ASCII digits to `out`.
  public static void upper(byte[] in, int offset, int length, byte[] out, int outOffset) {
    encode(in, offset, length, out, outOffset, UPPER_GAP);
  }

  /// Writes 2 x `length` lower-case ASCII digits to `out`.
  public static void lower(byte[] in, int offset, int length, byte[] out, int outOffset) {
    encode(in, offset, length, out, outOffset, LOWER_GAP);
  }

  private static byte[] encode(byte[] bytes, int gap) {
    byte[] out = new byte[2 * bytes.length];
    encode(bytes, 0, bytes.length, out, 0, gap);
    return out;
  }

  private static void encode(
      byte[] in, int offset, int length, byte[] out, int outOffset, int gap) {
    for (int i = 0; i < length; i++) {
      int value = in[offset + i];
      out[outOffset + 2 * i] = digit((value >> 4) & 0xf, gap);
      out[outOffset + 2 * i + 1] = digit(value & 0xf, gap);
    }
  }

  private static byte digit(int value, int gap) {
    return (byte) ('0' + value + (((9 - value) >> 31) & gap)); // the gap lies between '9' and 'A'
  }
}
