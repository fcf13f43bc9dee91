package dev.keyhold.operation;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Secret text to UTF-8 and back, without a `String` and without leaving copies.
final class Utf8 {
  private static final int MOST_BYTES_PER_UNIT = 3;

  private Utf8() {}

  /// @return empty when half of a surrogate pair stands alone, which has no bytes of its own
  static Optional<byte[]> encode(char[] chars) {
    var buffer = ByteBuffer.allocate(MOST_BYTES_PER_UNIT * chars.length);
    try {
      var encoder =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT);
      var result = encoder.encode(CharBuffer.wrap(chars), buffer, true);
      return result.isError()
          ? Optional.empty()
          : Optional.of(Arrays.copyOf(buffer.array(), buffer.position()));
    } finally {
      Arrays.fill(buffer.array(), (byte) 0);
    }
  }

  /// The text of `bytes`, with U+FFFD in place of what is no UTF-8.
  static SecretText decode(byte[] bytes) {
    var buffer = CharBuffer.allocate(bytes.length); // no byte makes more than one unit
    try {
      var decoder =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPLACE)
              .onUnmappableCharacter(CodingErrorAction.REPLACE);
      decoder.decode(ByteBuffer.wrap(bytes), buffer, true); // everything has a replacement
      decoder.flush(buffer);
      return new SecretText(Arrays.copyOf(buffer.array(), buffer.position()));
    } finally {
      Arrays.fill(buffer.array(), '\0');
    }
  }
}
