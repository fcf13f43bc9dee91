package dev.keyhold.operation;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.PublicKeyCipher;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Candidate;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.OpenMaterial;
import java.util.Optional;

/// Data under a key of either kind: a container for a symmetric CMK, the bare ciphertext for a key
/// pair. The key was opened for [dev.keyhold.keyring.Use#ENCRYPT_DATA].
final class DataCipher {
  private DataCipher() {}

  /// @param plaintext 1 to 4096 bytes
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.2105`, `KMS.2106`, `KMS.2108`
  static byte[] encrypt(
      OpenKey key, EncryptionAlgorithm algorithm, CallerContext context, byte[] plaintext) {
    return switch (key.current()) {
      case OpenMaterial.Aead _ -> {
        requireSymmetric(algorithm);
        yield Containers.seal(key, Purpose.DATA, context, plaintext);
      }
      case OpenMaterial.Deciphering pair -> {
        PublicKeyCipher cipher = cipher(algorithm, pair);
        int most = cipher.mostPlaintextBytes(pair.key().spec());
        if (plaintext.length > most) {
          throw KmsError.PLAINTEXT_TOO_LONG_FOR_RSA.rejected(
              "With " + algorithm + " this key encrypts at most " + most + " bytes.");
        }
        Blocking.ahead();
        yield pair.encryption().encrypt(cipher, plaintext);
      }
      case OpenMaterial.Mac _, OpenMaterial.Signing _, OpenMaterial.Agreeing _ ->
          throw new IllegalStateException("the key does not encrypt");
    };
  }

  /// @param candidate `ciphertext` read as a container, for a symmetric key
  /// @return empty for whatever was not encrypted so under this key
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.2105`, `KMS.2106`
  static Optional<KeyMaterial> decrypt(
      OpenKey key,
      EncryptionAlgorithm algorithm,
      CallerContext context,
      byte[] ciphertext,
      Candidate candidate) {
    return switch (key.current()) {
      case OpenMaterial.Aead _ -> {
        requireSymmetric(algorithm);
        yield Containers.open(key, candidate, Purpose.DATA, context)
            .map(Containers.Content::plaintext);
      }
      case OpenMaterial.Deciphering pair -> {
        PublicKeyCipher cipher = cipher(algorithm, pair);
        Blocking.ahead();
        yield pair.key().decrypt(cipher, ciphertext);
      }
      case OpenMaterial.Mac _, OpenMaterial.Signing _, OpenMaterial.Agreeing _ ->
          throw new IllegalStateException("the key does not decrypt");
    };
  }

  private static void requireSymmetric(EncryptionAlgorithm algorithm) {
    if (!algorithm.isSymmetric()) {
      throw KmsError.ALGORITHM_NOT_FOR_SYMMETRIC_KEY.rejected(
          "The encryption algorithm must be SYMMETRIC_DEFAULT or absent.");
    }
  }

  private static PublicKeyCipher cipher(
      EncryptionAlgorithm algorithm, OpenMaterial.Deciphering pair) {
    return algorithm
        .cipher()
        .filter(cipher -> cipher.fits(pair.key().spec()))
        .orElseThrow(() ->
            KmsError.ALGORITHM_NOT_FOR_RSA_KEY.rejected(
                "It must be RSAES_OAEP_SHA_256 for an RSA key, SM2_ENCRYPT for an SM2 key."));
  }
}
