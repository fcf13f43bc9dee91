package dev.keyhold.crypto;

/// How one private key signs. For many threads.
sealed interface Signer
    permits RsaSignatures.Signing,
        EcdsaSignatures.NistSigning,
        EcdsaSignatures.KoblitzSigning,
        Sm2Signatures.Signing,
        EdwardsSignatures.Signing,
        MlDsaSignatures.Signing {
  /// What of a message is signed: its digest where the algorithm has one, else the message.
  byte[] prepare(SigningAlgorithm algorithm, byte[] message);

  /// @param prepared what [#prepare] makes of a message
  byte[] sign(SigningAlgorithm algorithm, byte[] prepared) throws Exception;

  /// Frees what the provider holds outside the heap, if it does.
  void destroy();
}
