package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.OptionalInt;
import java.util.function.Supplier;

/// A private key that signs: parsed once, used by any number of threads.
///
/// The bytes it was made from are wiped at once. What providers keep of them is freed on close
/// where it lies outside the Java heap, and else left to the garbage collector.
public final class SigningKey implements AutoCloseable {
  private final KeyPairSpec spec;
  private final Signer signer;
  private final Guard guard = new Guard();

  private SigningKey(KeyPairSpec spec, Signer signer) {
    this.spec = spec;
    this.signer = signer;
  }

  /// Takes ownership of `pkcs8`, which is closed when this returns.
  ///
  /// @param pkcs8 a private key as [KeyPairs] gives it
  /// @throws IllegalArgumentException when it is not a key of `spec`, or `spec` does not sign
  public static SigningKey of(KeyPairSpec spec, KeyMaterial pkcs8) {
    return of(spec, pkcs8, CryptoProviders::rsaEc);
  }

  static SigningKey of(KeyPairSpec spec, KeyMaterial pkcs8, Supplier<RsaEc> providers) {
    try (pkcs8) {
      return pkcs8.lend(der ->
          Attempt.at(() -> new SigningKey(spec, signer(spec, der, providers)))
              .orElseThrow(() -> new IllegalArgumentException("not a signing key of " + spec)));
    }
  }

  private static Signer signer(KeyPairSpec spec, byte[] der, Supplier<RsaEc> providers)
      throws Exception {
    return switch (spec.kind()) {
      case RSA -> RsaSignatures.signing(spec, der, providers.get());
      case EC ->
          switch (spec) {
            case SM2 -> Sm2Signatures.signing(EcKeys.privateKey(spec, der));
            case SECP256K1 -> new EcdsaSignatures.KoblitzSigning(EcKeys.privateKey(spec, der));
            default -> EcdsaSignatures.nistSigning(spec, der, providers.get());
          };
      case EDWARDS -> new EdwardsSignatures.Signing(EdwardsKeys.privateKey(der));
      case ML_DSA -> new MlDsaSignatures.Signing(MlDsaKeys.privateKey(spec, der));
      case ML_KEM -> throw new IllegalArgumentException("not for signatures");
    };
  }

  public KeyPairSpec spec() {
    return spec;
  }

  /// Signs a message (`message_type` RAW) of any length.
  ///
  /// @throws IllegalArgumentException when the algorithm does not fit the key
  /// @throws IllegalStateException when the key is closed
  public byte[] sign(SigningAlgorithm algorithm, byte[] message) {
    requireFit(algorithm);
    return signPrepared(algorithm, signer.prepare(algorithm, message));
  }

  /// Signs a digest that the caller made (`message_type` DIGEST); it is not hashed again.
  ///
  /// @throws IllegalArgumentException when the algorithm does not fit the key, takes no digests, or
  ///   takes digests of another length
  /// @throws IllegalStateException when the key is closed
  public byte[] signDigest(SigningAlgorithm algorithm, byte[] digest) {
    requireFit(algorithm);
    if (!algorithm.digestBytes().equals(OptionalInt.of(digest.length))) {
      throw new IllegalArgumentException("not a digest for " + algorithm);
    }
    return signPrepared(algorithm, digest);
  }

  private byte[] signPrepared(SigningAlgorithm algorithm, byte[] prepared) {
    return guard.use(
        () -> Attempt.must("a key could not sign", () -> signer.sign(algorithm, prepared)));
  }

  private void requireFit(SigningAlgorithm algorithm) {
    if (!algorithm.fits(spec)) {
      throw new IllegalArgumentException(algorithm + " does not fit a key of " + spec);
    }
  }

  /// Waits for the signatures that other threads have begun.
  @Override
  public void close() {
    guard.close(signer::destroy);
  }

  @Override
  public String toString() {
    return "SigningKey[" + spec + ", redacted]";
  }
}
