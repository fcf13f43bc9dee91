package dev.keyhold.key;

import dev.keyhold.error.KmsError;

/// The name of a CMK (`key_alias` on the wire): 1 to 255 characters of `[a-zA-Z0-9:/_-]`, unique
/// within a domain. Not an alias of the alias API, which is another thing.
public record KeyName(String text) {
  static final String DEFAULT_SUFFIX = "/default";

  public KeyName {
    if (!isWellFormed(text)) {
      throw new IllegalArgumentException("not a key name");
    }
  }

  /// Parses the name a caller gives a key of its own. Names that end in `/default` are the default
  /// keys'.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1101`
  public static KeyName parseCustom(String text) {
    if (!isWellFormed(text)) {
      throw KmsError.INVALID_ALIAS.rejected(
          "key_alias must have 1 to 255 characters of a-z, A-Z, 0-9, ':', '/', '_' and '-'.");
    }
    if (text.endsWith(DEFAULT_SUFFIX)) {
      throw KmsError.INVALID_ALIAS.rejected(
          "key_alias must not end in /default: such names are reserved for default keys.");
    }
    return new KeyName(text);
  }

  public static boolean isWellFormed(String text) {
    if (text.isEmpty() || text.length() > 255) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == ':'
              || c == '/'
              || c == '_'
              || c == '-';
      if (!allowed) {
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
