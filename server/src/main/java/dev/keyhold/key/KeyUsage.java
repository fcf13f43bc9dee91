package dev.keyhold.key;

import dev.keyhold.error.KmsError;
import java.util.Arrays;

/// What a CMK is for (`key_usage`).
public enum KeyUsage {
  ENCRYPT_DECRYPT,
  SIGN_VERIFY,
  GENERATE_VERIFY_MAC,
  /// For derive-shared-secret. The cloud has such keys and publishes no name for the usage.
  KEY_AGREEMENT;

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308` unless `text` names a usage
  public static KeyUsage parse(String text) {
    return Arrays.stream(values())
        .filter(usage -> usage.name().equals(text))
        .findFirst()
        .orElseThrow(() ->
            KmsError.INVALID_PARAMETER.rejected(
                "key_usage must be ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC or"
                    + " KEY_AGREEMENT."));
  }
}
