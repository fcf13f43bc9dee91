package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/// A public key that verifies: parsed once, used by any number of threads.
public final class VerifyingKey {
  private final KeyPairSpec spec;
  private final Verifier verifier;

  private VerifyingKey(KeyPairSpec spec, Verifier verifier) {
    this.spec = spec;
    this.verifier = verifier;
  }

  /// @param spki a public key in SPKI DER
  /// @return empty when it is not a valid public key of `spec`, or `spec` does not sign
  public static Optional<VerifyingKey> of(KeyPairSpec spec, Bytes spki) {
    return of(spec, spki, CryptoProviders::rsaEc);
  }

  static Optional<VerifyingKey> of(KeyPairSpec spec, Bytes spki, Supplier<RsaEc> providers) {
    return Attempt.at(() -> new VerifyingKey(spec, verifier(spec, spki.lent(), providers)));
  }

  private static Verifier verifier(KeyPairSpec spec, byte[] der, Supplier<RsaEc> providers)
      throws Exception {
    return switch (spec.kind()) {
      case RSA -> RsaSignatures.verifying(spec, der, providers.get());
      case EC ->
          switch (spec) {
            case SM2 -> Sm2Signatures.verifying(EcKeys.publicKey(spec, der));
            case SECP256K1 -> new EcdsaSignatures.KoblitzVerifying(EcKeys.publicKey(spec, der));
            default -> EcdsaSignatures.nistVerifying(spec, der, providers.get());
          };
      case EDWARDS -> new EdwardsSignatures.Verifying(EdwardsKeys.publicKey(der));
      case ML_DSA -> new MlDsaSignatures.Verifying(MlDsaKeys.publicKey(spec, der));
      case ML_KEM -> throw new IllegalArgumentException("not for signatures");
    };
  }

  public KeyPairSpec spec() {
    return spec;
  }

  /// Whether `signature` is one of `message` (`message_type` RAW), in exactly the encoding that
  /// [SigningAlgorithm] names.
  ///
  /// @throws IllegalArgumentException when the algorithm does not fit the key
  public boolean verify(SigningAlgorithm algorithm, byte[] message, byte[] signature) {
    requireFit(algorithm);
    return verifyPrepared(algorithm, verifier.prepare(algorithm, message), signature);
  }

  /// Whether `signature` is one of the message with this digest (`message_type` DIGEST).
  ///
  /// @throws IllegalArgumentException when the algorithm does not fit the key, takes no digests, or
  ///   takes digests of another length
  public boolean verifyDigest(SigningAlgorithm algorithm, byte[] digest, byte[] signature) {
    requireFit(algorithm);
    if (!algorithm.digestBytes().equals(OptionalInt.of(digest.length))) {
      throw new IllegalArgumentException("not a digest for " + algorithm);
    }
    return verifyPrepared(algorithm, digest, signature);
  }

  private boolean verifyPrepared(SigningAlgorithm algorithm, byte[] prepared, byte[] signature) {
    return Attempt.at(() -> verifier.verify(algorithm, prepared, signature)).orElse(false);
  }

  private void requireFit(SigningAlgorithm algorithm) {
    if (!algorithm.fits(spec)) {
      throw new IllegalArgumentException(algorithm + " does not fit a key of " + spec);
    }
  }

  @Override
  public String toString() {
    return "VerifyingKey[" + spec + "]";
  }
}
