package dev.keyhold.operation;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsError;
import java.util.Arrays;
import java.util.Optional;

/// The PIN of a request, if it has one.
///
/// @param material its characters in ASCII
record Pin(Optional<KeyMaterial> material) implements AutoCloseable {
  static final Pin NONE = new Pin(Optional.empty());

  static final int LEAST_CHARACTERS = 8;
  static final int MOST_CHARACTERS = 64;

  private static final String RULE =
      "A pin of pin_type PlainText must have 8 to 64 characters, all of them ASCII and printable,"
          + " without blanks.";

  /// A PIN that came as it is. In ASCII alone, so that all keyboards and encodings agree on its
  /// bytes.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  static KeyMaterial plain(SecretText text) {
    return text.lend(chars -> {
      if (chars.length < LEAST_CHARACTERS || chars.length > MOST_CHARACTERS) {
        throw KmsError.INVALID_PARAMETER.rejected(RULE);
      }
      byte[] ascii = new byte[chars.length];
      boolean printable = true;
      for (int i = 0; i < chars.length; i++) {
        printable &= chars[i] > ' ' && chars[i] < 0x7f;
        ascii[i] = (byte) chars[i];
      }
      if (!printable) {
        Arrays.fill(ascii, (byte) 0);
        throw KmsError.INVALID_PARAMETER.rejected(RULE);
      }
      return new KeyMaterial(ascii);
    });
  }

  @Override
  public void close() {
    material.ifPresent(KeyMaterial::close);
  }
}
