package dev.keyhold.envelope;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// What the caller must say again to decrypt: neither encrypted nor stored, but authenticated. The
/// three forms never stand for each other, not even when they are empty.
public sealed interface CallerContext {
  CallerContext NONE = new None();

  /// The canonical bytes: kind, LE32 length, content (docs/envelope-format.md, section 4.1).
  /// Different contexts have different bytes, and none is the beginning of another.
  Bytes encoding();

  /// The caller gave none.
  record None() implements CallerContext {
    private static final Bytes ENCODING = Bytes.owning(new byte[1 + LittleEndian.INT_BYTES]);

    @Override
    public Bytes encoding() {
      return ENCODING;
    }
  }

  /// The `additional_authenticated_data` of a request.
  ///
  /// @param text at most 128 bytes in UTF-8
  record Text(String text) implements CallerContext {
    public static final int MOST_BYTES = 128;

    /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308` when it is longer or not Unicode
    public Text {
      if (!isUnicode(text)) {
        throw KmsError.INVALID_PARAMETER.rejected(
            "additional_authenticated_data must not hold half of a surrogate pair.");
      }
      // No character has more than its own number of UTF-8 bytes, so the first test bounds the
      // second.
      if (text.length() > MOST_BYTES || text.getBytes(UTF_8).length > MOST_BYTES) {
        throw KmsError.INVALID_PARAMETER.rejected(
            "additional_authenticated_data must have at most 128 bytes in UTF-8.");
      }
    }

    @Override
    public Bytes encoding() {
      return Bytes.owning(encode((byte) 1, text.getBytes(UTF_8)));
    }
  }

  /// The `encryption_context` of a request. The order of its members means nothing.
  ///
  /// @param pairs keys and values with at most 8192 characters (UTF-16 units) together
  record Pairs(Map<String, String> pairs) implements CallerContext {
    public static final int MOST_CHARACTERS = 8192;

    /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0208` when there are more, a value is
    ///   absent or a text is not Unicode
    public Pairs {
      long characters = 0;
      for (var pair : pairs.entrySet()) {
        if (pair.getValue() == null) { // JSON has nulls, whatever the type says
          throw KmsError.INVALID_ENCRYPTION_CONTEXT.rejected("Its values must be strings.");
        }
        if (!isUnicode(pair.getKey()) || !isUnicode(pair.getValue())) {
          throw KmsError.INVALID_ENCRYPTION_CONTEXT.rejected(
              "It must not hold half of a surrogate pair.");
        }
        characters += pair.getKey().length() + pair.getValue().length();
      }
      if (characters > MOST_CHARACTERS) {
        throw KmsError.INVALID_ENCRYPTION_CONTEXT.rejected(
            "It must have at most 8192 characters in all.");
      }
      pairs = Map.copyOf(pairs);
    }

    public static Pairs of(Map<String, String> pairs) {
      return new Pairs(pairs);
    }

    /// Pairs are sorted by the UTF-8 bytes of their keys, as unsigned: the order that every
    /// language finds easily, unlike that of Java's UTF-16 units.
    @Override
    public Bytes encoding() {
      var sorted = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
      int length = LittleEndian.INT_BYTES;
      for (var pair : pairs.entrySet()) {
        byte[] key = pair.getKey().getBytes(UTF_8);
        byte[] value = pair.getValue().getBytes(UTF_8);
        length += 2 * LittleEndian.INT_BYTES + key.length + value.length;
        sorted.put(key, value);
      }
      var content = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
      content.putInt(sorted.size());
      sorted.forEach(
          (key, value) -> content.putInt(key.length).put(key).putInt(value.length).put(value));
      return Bytes.owning(encode((byte) 2, content.array()));
    }
  }

  /// Whether `text` has an encoding of its own in UTF-8. Java encodes every lone surrogate as `?`,
  /// which would make different contexts equal.
  private static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private static byte[] encode(byte kind, byte[] content) {
    byte[] out = new byte[1 + LittleEndian.INT_BYTES + content.length];
    out[0] = kind;
    LittleEndian.putInt(out, 1, content.length);
    System.arraycopy(content, 0, out, 1 + LittleEndian.INT_BYTES, content.length);
    return out;
  }
}
