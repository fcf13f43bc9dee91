package dev.keyhold.keyring;

import dev.keyhold.key.Cmk;
import java.util.Optional;

/// What imported material is to the key.
public enum ImportType {
  /// The material that a key has lost, or its first.
  EXISTING("EXISTING_KEY_MATERIAL"),

  /// Other material, which a key in use rotates to on demand.
  NEW("NEW_KEY_MATERIAL");

  private final String wireName;

  ImportType(String wireName) {
    this.wireName = wireName;
  }

  public static Optional<ImportType> find(String wireName) {
    for (ImportType type : values()) {
      if (type.wireName.equals(wireName)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /// @throws dev.keyhold.error.KmsException.Rejected as [Cmk#requireImportable] or
  ///   [Cmk#requireNextImportable]
  void require(Cmk cmk) {
    switch (this) {
      case EXISTING -> cmk.requireImportable();
      case NEW -> cmk.requireNextImportable();
    }
  }
}
