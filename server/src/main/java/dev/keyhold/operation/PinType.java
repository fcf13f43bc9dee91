package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import java.util.Optional;

/// How a PIN travels (`pin_type`).
enum PinType {
  /// Encrypted by create-pin, so that nobody but this server ever sees it. The default.
  CIPHER,
  /// As it is.
  PLAIN;

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  static PinType parse(Optional<String> wire) {
    return switch (Wire.given(wire).orElse("CipherText")) {
      case "CipherText" -> CIPHER;
      case "PlainText" -> PLAIN;
      default ->
          throw KmsError.INVALID_PARAMETER.rejected("pin_type must be CipherText or PlainText.");
    };
  }
}
