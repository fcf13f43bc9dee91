package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

/// Makes key pairs, and checks those that come from outside.
public final class KeyPairs {
  private static final byte[] PROBE = {'p', 'r', 'o', 'b', 'e'};

  private KeyPairs() {}

  /// A new pair. RSA takes from a tenth of a second to several, the others less than a millisecond.
  public static EncodedKeyPair generate(KeyPairSpec spec) {
    return generate(spec, CryptoProviders::rsaEc);
  }

  static EncodedKeyPair generate(KeyPairSpec spec, Supplier<RsaEc> providers) {
    return Attempt.must(
        "a key pair could not be made",
        () ->
            switch (spec.kind()) {
              case RSA -> RsaKeys.generate(spec, providers.get());
              case EC -> EcKeys.generate(spec, providers);
              case EDWARDS -> EdwardsKeys.generate();
              case ML_DSA -> MlDsaKeys.generate(spec);
              case ML_KEM -> MlKemKeys.generate(spec);
            });
  }

  /// The pair of an imported private key, if that is a sound key of `spec`: strict DER, right type,
  /// size and curve, all numbers consistent and in range, RSA primes prime (2 rounds of
  /// Miller-Rabin with random bases and Lucas), and a signature verifies or an encapsulation comes
  /// back. Of an expanded ML-DSA key without its seed, K can't be checked, and s2 and t0 by that
  /// signature alone: FIPS 204 has no check of private keys.
  ///
  /// @param pkcs8 stays the caller's; may be in any form [KeyPairSpec] names, with or without the
  ///   public key and attributes, which the pair's canonical encoding leaves out
  /// @return empty for anything else, without a reason
  public static Optional<EncodedKeyPair> ofPrivate(KeyPairSpec spec, KeyMaterial pkcs8) {
    return pkcs8.lend(der ->
        Attempt.at(() -> {
          EncodedKeyPair pair = parse(spec, der);
          try {
            requireWorking(pair);
            return pair;
          } catch (Exception failure) {
            pair.close();
            throw failure;
          }
        }));
  }

  private static void requireWorking(EncodedKeyPair pair) {
    if (!works(pair)) {
      throw new IllegalArgumentException("the key does not work");
    }
  }

  private static EncodedKeyPair parse(KeyPairSpec spec, byte[] der) throws Exception {
    return switch (spec.kind()) {
      case RSA -> RsaKeys.encode(spec, RsaKeys.soundPrivate(spec, der));
      case EC -> EcKeys.encode(EcCurve.of(spec), EcKeys.privateKey(spec, der));
      case EDWARDS -> EdwardsKeys.encode(EdwardsKeys.privateKey(der));
      case ML_DSA -> MlDsaKeys.encode(spec, MlDsaKeys.privateKey(spec, der));
      case ML_KEM -> MlKemKeys.encode(spec, MlKemKeys.privateKey(spec, der));
    };
  }

  private static boolean works(EncodedKeyPair pair) {
    return switch (pair.spec().kind()) {
      case RSA -> signs(pair, SigningAlgorithm.RSASSA_PSS_SHA_256);
      case ML_DSA -> signs(pair, MlDsaKeys.algorithm(pair.spec()));
      case ML_KEM -> encapsulates(pair);
      case EC, EDWARDS -> true; // the public key was computed from the private one
    };
  }

  private static boolean signs(EncodedKeyPair pair, SigningAlgorithm algorithm) {
    try (var signing = SigningKey.of(pair.spec(), copy(pair.privateKey()))) {
      byte[] signature = signing.sign(algorithm, PROBE);
      return VerifyingKey.of(pair.spec(), pair.publicKey()).stream()
          .anyMatch(verifying -> verifying.verify(algorithm, PROBE, signature));
    }
  }

  private static boolean encapsulates(EncodedKeyPair pair) {
    Bytes wrapped =
        MlKemWrap.wrap(pair.spec(), pair.publicKey(), new KeyMaterial(PROBE.clone())).orElseThrow();
    return MlKemWrap.unwrap(pair.spec(), pair.privateKey(), wrapped.lent()).stream()
        .anyMatch(unwrapped -> unwrapped.lend(probe -> Arrays.equals(probe, PROBE)));
  }

  private static KeyMaterial copy(KeyMaterial material) {
    return new KeyMaterial(material.lend(byte[]::clone));
  }
}
