package dev.keyhold.http;

import dev.keyhold.error.KmsError;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What the JSON parser would let pass although two readers may understand it differently: bytes
/// that are no strict UTF-8 (overlong forms, encoded surrogates), a byte order mark, NUL in any
/// spelling, and escapes of lone surrogates (RFC 8259 §8.1, §8.2; RFC 3629 §4).
///
/// Nearly every body is plain ASCII without a backslash, which eight bytes at a time establish.
final class JsonText {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long BACKSLASHES = ONES * '\\';

  private JsonText() {}

  /// Refuses a body that is not the text of a JSON object in strict UTF-8, as far as bytes tell;
  /// that it parses is the parser's to say.
  static void requireObject(byte[] body) {
    int start = 0;
    while (start < body.length && isWhitespace(body[start])) {
      start++;
    }
    if (start == body.length) {
      throw KmsError.INVALID_JSON.rejected("A JSON object is required as the body.");
    }
    if (body[start] != '{') { // a byte order mark too
      throw KmsError.INVALID_JSON.rejected("The body must be one JSON object in UTF-8.");
    }
    if (!isPlain(body)) {
      requireUtf8(body);
      requireSoundEscapes(body);
    }
  }

  private static boolean isWhitespace(byte b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
  }

  /// Whether there is no NUL, no backslash and nothing beyond ASCII.
  private static boolean isPlain(byte[] body) {
    int at = 0;
    for (; at <= body.length - Long.BYTES; at += Long.BYTES) {
      long word = (long) LONGS.get(body, at);
      long slashes = word ^ BACKSLASHES;
      long zeros = ((word - ONES) & ~word) | ((slashes - ONES) & ~slashes);
      if (((word | zeros) & HIGH_BITS) != 0) {
        return false;
      }
    }
    for (; at < body.length; at++) {
      if (body[at] <= 0 || body[at] == '\\') {
        return false;
      }
    }
    return true;
  }

  private static void requireUtf8(byte[] body) {
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var in = ByteBuffer.wrap(body);
    var out = CharBuffer.allocate(Math.min(body.length, 1024));
    try {
      CoderResult result;
      do {
        out.clear();
        result = decoder.decode(in, out, true);
        if (result.isError()) {
          result.throwException();
        }
      } while (result.isOverflow());
    } catch (CharacterCodingException _) {
      throw KmsError.INVALID_JSON.rejected("The body is not UTF-8.");
    } finally {
      Arrays.fill(out.array(), '\0'); // the body may hold a plaintext
    }
    for (byte b : body) {
      if (b == 0) {
        throw KmsError.INVALID_JSON.rejected("NUL is not allowed.");
      }
    }
  }

  private static void requireSoundEscapes(byte[] body) {
    boolean afterHigh = false; // the character before was the escape of a high surrogate
    for (int at = 0; at < body.length; ) {
      int unit = -1;
      int next = at + 1;
      if (body[at] == '\\') {
        boolean unicode = next < body.length && body[next] == 'u';
        unit = unicode ? hex4(body, next + 1) : -1;
        next = unit >= 0 ? at + 6 : at + 2;
      }
      if (unit == 0) {
        throw KmsError.INVALID_JSON.rejected("NUL is not allowed.");
      }
      boolean low = unit >= Character.MIN_LOW_SURROGATE && unit <= Character.MAX_LOW_SURROGATE;
      if (low != afterHigh) {
        throw KmsError.INVALID_JSON.rejected("A surrogate stands alone.");
      }
      afterHigh = unit >= Character.MIN_HIGH_SURROGATE && unit <= Character.MAX_HIGH_SURROGATE;
      at = next;
    }
  }

  /// The value of four hexadecimal digits, or -1 where there are none: the parser will say so.
  private static int hex4(byte[] body, int at) {
    if (at + 4 > body.length) {
      return -1;
    }
    int value = 0;
    for (int i = at; i < at + 4; i++) {
      int digit = Character.digit(body[i], 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
