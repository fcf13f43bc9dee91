package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import java.util.Optional;

/// The `recipient` of a request: an enclave, for which alone the answer's secret is meant to be
/// encrypted. Attestation documents of the cloud's enclaves can't be verified outside it.
///
/// @param attestationDocument what the enclave says of itself
/// @param keyEncryptionAlgorithm how the secret is to be encrypted for it
public record Enclave(
    Optional<String> attestationDocument, Optional<String> keyEncryptionAlgorithm) {

  /// A caller who asks for this must not get the plain secret instead.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  static void refuse(Optional<Enclave> recipient) {
    if (recipient.isPresent()) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "recipient must be absent: attestation documents of enclaves are not supported.");
    }
  }
}
