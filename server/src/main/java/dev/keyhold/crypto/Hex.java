package dev.keyhold.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Hexadecimal, strictly: two digits a byte, nothing between, either case in, the asked-for case
/// out. Works on arrays, so that a key in hex need not become a `String`, which nobody can wipe;
/// and without branches or tables indexed by a digit, so that its time tells nothing of them.
public final class Hex {
  private static final int UPPER_GAP = 'A' - '0' - 10;
  private static final int LOWER_GAP = 'a' - '0' - 10;

  /// Digits that are worked on at once, one in each byte of a `long`.
  private static final int LANES = Long.BYTES;

  private static final long EACH = 0x0101010101010101L;
  private static final long TOP_BITS = 0x8080808080808080L;
  private static final VarHandle BE64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle BE32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private Hex() {}

  /// @return empty unless `text` is an even number of hexadecimal digits
  public static Optional<byte[]> decode(String text) {
    // What is beyond Latin-1 becomes a question mark, which is no digit either.
    byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
    return decode(ascii, 0, ascii.length);
  }

  /// @return empty unless `text` is an even number of hexadecimal digits
  public static Optional<byte[]> decode(char[] text) {
    if (text.length % 2 != 0) {
      return Optional.empty();
    }
    byte[] out = new byte[text.length / 2];
    long bad = 0;
    int at = 0;
    for (; at <= text.length - LANES; at += LANES) {
      long digits = 0;
      int wide = 0;
      for (int i = at; i < at + LANES; i++) {
        digits = digits << 8 | (text[i] & 0xff);
        wide |= text[i];
      }
      bad |= notDigits(digits) | (wide & 0xff00);
      BE32.set(out, at / 2, values(digits));
    }
    for (; at < text.length; at += 2) {
      int value = value(text[at]) << 4 | value(text[at + 1]);
      bad |= value & Integer.MIN_VALUE;
      out[at / 2] = (byte) value;
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
    long bad = 0;
    int done = 0;
    for (; done <= length - LANES; done += LANES) {
      long digits = (long) BE64.get(ascii, offset + done);
      bad |= notDigits(digits);
      BE32.set(out, done / 2, values(digits));
    }
    for (; done < length; done += 2) {
      int at = offset + done;
      int value = value((char) (ascii[at] & 0xff)) << 4 | value((char) (ascii[at + 1] & 0xff));
      bad |= value & Integer.MIN_VALUE;
      out[done / 2] = (byte) value;
    }
    return accepted(out, bad);
  }

  private static Optional<byte[]> accepted(byte[] out, long bad) {
    if (bad != 0) {
      Arrays.fill(out, (byte) 0);
      return Optional.empty();
    }
    return Optional.of(out);
  }

  /// The top bit of each byte that is no digit; 0 when all are.
  private static long notDigits(long digits) {
    // Additions that carry into the top bit of a byte and never beyond it, since that bit is clear.
    long ascii = digits & ~TOP_BITS;
    long letter = ascii | 0x20 * EACH;
    long isDigit = (ascii + (0x80 - '0') * EACH) & ~(ascii + (0x7f - '9') * EACH);
    long isLetter = (letter + (0x80 - 'a') * EACH) & ~(letter + (0x7f - 'f') * EACH);
    return (digits | ~(isDigit | isLetter)) & TOP_BITS;
  }

  /// The four bytes that eight digits stand for, the first on top; anything if one is no digit.
  private static int values(long digits) {
    long letters = digits >>> 6 & EACH; // letters have bit 6, and 'a' ends in 1
    long nibbles = (digits & 0x0f * EACH) + 9 * letters;
    long pairs = (nibbles | nibbles >>> 4) & 0x00ff00ff00ff00ffL;
    long quads = (pairs | pairs >>> 8) & 0x0000ffff0000ffffL;
    return (int) (quads | quads >>> 16);
  }

  /// The digit's value, or -1.
  private static int value(char c) {
    int letter = c | 0x20;
    int notDigit = (c - '0') | ('9' - c); // negative unless c is between the two
    int notLetter = (letter - 'a') | ('f' - letter);
    int bad = (notDigit & notLetter) >> 31; // all ones unless c is a digit
    return ((c & 0xf) + 9 * (c >>> 6)) | bad;
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
    int done = 0;
    for (; done <= length - Integer.BYTES; done += Integer.BYTES) {
      int bytes = (int) BE32.get(in, offset + done);
      BE64.set(out, outOffset + 2 * done, digits(bytes, gap));
    }
    for (; done < length; done++) {
      int value = in[offset + done];
      out[outOffset + 2 * done] = digit((value >> 4) & 0xf, gap);
      out[outOffset + 2 * done + 1] = digit(value & 0xf, gap);
    }
  }

  /// The eight digits of four bytes, the first on top.
  private static long digits(int bytes, int gap) {
    long quads = bytes & 0xffffffffL;
    long pairs = (quads | quads << 16) & 0x0000ffff0000ffffL;
    long halves = (pairs | pairs << 8) & 0x00ff00ff00ff00ffL;
    long nibbles = (halves | halves << 4) & 0x0f * EACH;
    long letters = (nibbles + 6 * EACH) >>> 4 & EACH; // 1 in each byte above 9
    return nibbles + '0' * EACH + gap * letters;
  }

  private static byte digit(int value, int gap) {
    return (byte) ('0' + value + (((9 - value) >> 31) & gap)); // the gap lies between '9' and 'A'
  }
}
