package dev.keyhold.http;

import dev.keyhold.error.GatewayError;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Percent-encoding as RFC 3986 §2.1 has it: a plus stays a plus, in the query too.
final class Percent {
  private Percent() {}

  /// The value of the escape at `at`, or -1 where there is none.
  static int escape(String text, int at) {
    if (at + 2 >= text.length()) {
      return -1;
    }
    int high = Character.digit(text.charAt(at + 1), 16);
    int low = Character.digit(text.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /// Decodes printable ASCII whose escapes are valid.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected when the escapes are no UTF-8, or hold control
  ///   characters
  static String decode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    var bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      int value = text.charAt(i);
      if (value == '%') {
        value = escape(text, i);
        i += 2;
      }
      bytes[length++] = (byte) value;
    }
    String decoded;
    try {
      decoded =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
    } catch (CharacterCodingException _) {
      throw GatewayError.BAD_REQUEST.rejected("An escape in the URI is not UTF-8.");
    }
    if (decoded.chars().anyMatch(Character::isISOControl)) {
      throw GatewayError.BAD_REQUEST.rejected("The URI holds a control character.");
    }
    return decoded;
  }
}
