package dev.keyhold.key;

import dev.keyhold.error.KmsError;
import java.util.UUID;

/// The id of a dedicated keystore: a lower-case UUID of 36 characters.
public record KeystoreId(String text) {
  public KeystoreId {
    if (!KeyId.isWellFormed(text)) {
      throw new IllegalArgumentException("not a keystore id");
    }
  }

  public static KeystoreId random() {
    return new KeystoreId(UUID.randomUUID().toString());
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0315`
  public static KeystoreId parse(String text) {
    if (!KeyId.isWellFormed(text)) {
      throw KmsError.INVALID_KEYSTORE_ID.rejected(
          "keystore_id must be a lower-case UUID of 36 characters.");
    }
    return new KeystoreId(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
