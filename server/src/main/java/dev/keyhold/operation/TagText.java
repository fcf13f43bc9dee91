package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;

/// What keys and values of tags may look like: no control characters, none of `* < > \ =`. Lengths
/// count characters (code points).
final class TagText {
  private static final int MOST_KEY_CHARS = 36;
  private static final int MOST_VALUE_CHARS = 43;
  private static final String FORBIDDEN = "*<>\\=";

  private TagText() {}

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0411`, `KMS.0406`
  static String key(String key) {
    int length = key.codePointCount(0, key.length());
    if (length < 1 || length > MOST_KEY_CHARS) {
      throw KmsError.TAG_KEY_LENGTH.rejected("The key of a tag has 1 to 36 characters.");
    }
    if (hasForbidden(key)) {
      throw KmsError.TAG_KEY.rejected(
          "The key of a tag must have no control characters and none of * < > \\ =.");
    }
    return key;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0410`, `KMS.0405`
  static String value(String value) {
    if (value.codePointCount(0, value.length()) > MOST_VALUE_CHARS) {
      throw KmsError.TAG_VALUE_LENGTH.rejected("The value of a tag has at most 43 characters.");
    }
    if (hasForbidden(value)) {
      throw KmsError.TAG_VALUE.rejected(
          "The value of a tag must have no control characters and none of * < > \\ =.");
    }
    return value;
  }

  static void requireDistinct(List<String> keys, Supplier<RuntimeException> refusal) {
    if (new HashSet<>(keys).size() != keys.size()) {
      throw refusal.get();
    }
  }

  private static boolean hasForbidden(String text) {
    return text.chars().anyMatch(c -> c < ' ' || FORBIDDEN.indexOf(c) >= 0);
  }
}
