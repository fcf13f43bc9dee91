package dev.keyhold.key;

import dev.keyhold.error.KmsError;

/// What a caller writes for `key_id` in calls that use or describe a key: the id itself, an alias
/// behind `alias/`, or an alias's URN. Source: DEW API Reference, "Describing a CMK".
public sealed interface KeyReference {
  String ALIAS_PREFIX = "alias/";
  String URN_PREFIX = "kms:";

  record ById(KeyId id) implements KeyReference {}

  /// An alias of the caller's own domain.
  record ByAlias(AliasName alias) implements KeyReference {}

  /// `kms:<region>:<domain_id>:alias:<alias>`; region and domain are unchecked.
  record ByUrn(String region, String domain, AliasName alias) implements KeyReference {}

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0205`
  static KeyReference parse(String text) {
    if (KeyId.isWellFormed(text)) {
      return new ById(new KeyId(text));
    }
    if (text.startsWith(ALIAS_PREFIX)) {
      return new ByAlias(alias(text.substring(ALIAS_PREFIX.length())));
    }
    if (text.startsWith(URN_PREFIX)) {
      String[] parts = text.split(":", 5); // an alias may have colons of its own
      if (parts.length == 5 && parts[3].equals("alias")) {
        return new ByUrn(parts[1], parts[2], alias(parts[4]));
      }
    }
    throw malformed();
  }

  /// The URN of an alias.
  static String urn(String region, Alias alias) {
    return URN_PREFIX + region + ":" + alias.domain() + ":alias:" + alias.name();
  }

  private static AliasName alias(String text) {
    return AliasName.find(text).orElseThrow(KeyReference::malformed);
  }

  private static RuntimeException malformed() {
    return KmsError.INVALID_KEY_ID.rejected(
        "key_id must be a lower-case UUID of 36 characters, alias/<alias>, or"
            + " kms:<region>:<domain_id>:alias:<alias>.");
  }
}
