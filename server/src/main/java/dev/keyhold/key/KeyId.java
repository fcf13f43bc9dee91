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
    if (text.length() != LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(i);
      boolean hyphenHere = i == 8 || i == 13 || i == 18 || i == 23;
      boolean alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
      if (hyphenHere ? c != '-' : !alphanumeric) {
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
