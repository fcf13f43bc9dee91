package dev.keyhold.key;

import dev.keyhold.error.KmsError;
import java.util.UUID;

/// A CMK id: a UUID in lower case with hyphens, 36 ASCII characters.
public record KeyId(String text) {
  public static final int LENGTH = 36;

  public KeyId {
    if (!isWellFormed(text)) {
      throw new IllegalArgumentException("not a key id");
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0205` unless `text` is a key id
  public static KeyId parse(String text) {
    if (!isWellFormed(text)) {
      throw KmsError.INVALID_KEY_ID.rejected(
          "key_id must be a lower-case UUID of 36 characters, such as"
              + " 0d0466b0-e727-4d9c-b35d-f84bb474a37f.");
    }
    return new KeyId(text);
  }

  public static KeyId random() {
    return new KeyId(UUID.randomUUID().toString());
  }

  /// The API pages give two forms of the pattern, `[0-9a-z]` and `[0-9a-f]`; ids we issue are in
  /// both. The wider one decides what is malformed (KMS.0205) and what is merely unknown
  /// (KMS.0207).
  public static boolean isWellFormed(String text) {
    return text.length() == LENGTH
        && text.charAt(8) == '-'
        && text.charAt(13) == '-'
        && text.charAt(18) == '-'
        && text.charAt(23) == '-'
        && isAlphanumeric(text, 0, 8)
        && isAlphanumeric(text, 9, 13)
        && isAlphanumeric(text, 14, 18)
        && isAlphanumeric(text, 19, 23)
        && isAlphanumeric(text, 24, LENGTH);
  }

  private static boolean isAlphanumeric(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
