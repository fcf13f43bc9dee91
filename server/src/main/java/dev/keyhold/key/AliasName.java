package dev.keyhold.key;

import dev.keyhold.error.KmsError;
import java.util.Optional;

/// An alias of a key (`alias` on the wire): 1 to 255 characters of `[a-zA-Z0-9:/_-]`, unique within
/// a domain. What a request writes before it to refer to a key (`alias/`) is not part of it.
public record AliasName(String text) {
  public AliasName {
    if (!KeyName.isWellFormed(text)) {
      throw new IllegalArgumentException("not an alias");
    }
  }

  public static Optional<AliasName> find(String text) {
    return KeyName.isWellFormed(text) ? Optional.of(new AliasName(text)) : Optional.empty();
  }

  /// Parses an alias that a caller names.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1101`
  public static AliasName parse(String text) {
    return find(text)
        .orElseThrow(() ->
            KmsError.INVALID_ALIAS.rejected(
                "alias must have 1 to 255 characters of a-z, A-Z, 0-9, ':', '/', '_' and '-'."));
  }

  /// Parses an alias that a caller wants to have. Those that end in `/default` are the default
  /// keys'.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1101`
  public static AliasName parseCustom(String text) {
    AliasName name = parse(text);
    if (text.endsWith(KeyName.DEFAULT_SUFFIX)) {
      throw KmsError.INVALID_ALIAS.rejected(
          "alias must not end in /default: such aliases are reserved for default keys.");
    }
    return name;
  }

  @Override
  public String toString() {
    return text;
  }
}
