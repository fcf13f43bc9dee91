package dev.keyhold.crypto;

/// How one public key verifies. For many threads.
sealed interface Verifier
    permits RsaSignatures.Verifying,
        EcdsaSignatures.NistVerifying,
        EcdsaSignatures.KoblitzVerifying,
        Sm2Signatures.Verifying,
        EdwardsSignatures.Verifying,
        MlDsaSignatures.Verifying {
  /// What of a message is signed: its digest where the algorithm has one, else the message.
  byte[] prepare(SigningAlgorithm algorithm, byte[] message);

  /// False or an exception when the signature is not one of what was prepared.
  boolean verify(SigningAlgorithm algorithm, byte[] prepared, byte[] signature) throws Exception;
}
