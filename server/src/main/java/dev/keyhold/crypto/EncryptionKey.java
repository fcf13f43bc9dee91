package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.Optional;
import java.util.function.Supplier;

/// A public key that encrypts: parsed once, used by any number of threads.
public final class EncryptionKey {
  private final KeyPairSpec spec;
  private final Encryptor encryptor;

  private EncryptionKey(KeyPairSpec spec, Encryptor encryptor) {
    this.spec = spec;
    this.encryptor = encryptor;
  }

  sealed interface Encryptor permits RsaEncryption, Sm2Encryption.Encrypting {
    byte[] encrypt(PublicKeyCipher cipher, byte[] plaintext) throws Exception;
  }

  /// @param spki a public key in SPKI DER
  /// @return empty when it is not a valid public key of `spec`, or `spec` does not encrypt
  public static Optional<EncryptionKey> of(KeyPairSpec spec, Bytes spki) {
    return of(spec, spki, CryptoProviders::rsaEc);
  }

  static Optional<EncryptionKey> of(KeyPairSpec spec, Bytes spki, Supplier<RsaEc> providers) {
    return Attempt.at(() -> new EncryptionKey(spec, encryptor(spec, spki.lent(), providers)));
  }

  private static Encryptor encryptor(KeyPairSpec spec, byte[] der, Supplier<RsaEc> providers)
      throws Exception {
    return switch (spec.kind()) {
      case RSA -> {
        var _ = RsaKeys.publicKey(spec, der);
        RsaEc rsa = providers.get();
        yield new RsaEncryption(RsaKeys.loadPublic(der, rsa), rsa, spec.size() / Byte.SIZE);
      }
      case EC -> {
        requireSm2(spec);
        yield new Sm2Encryption.Encrypting(EcKeys.publicKey(spec, der));
      }
      case EDWARDS, ML_DSA, ML_KEM -> throw new IllegalArgumentException("not for encryption");
    };
  }

  static void requireSm2(KeyPairSpec spec) {
    if (spec != KeyPairSpec.SM2) {
      throw new IllegalArgumentException("not for encryption");
    }
  }

  public KeyPairSpec spec() {
    return spec;
  }

  /// @param plaintext at most [PublicKeyCipher#mostPlaintextBytes] bytes; for SM2 at least one
  /// @throws IllegalArgumentException when the cipher does not fit the key, or the plaintext the
  ///   cipher
  public byte[] encrypt(PublicKeyCipher cipher, byte[] plaintext) {
    if (plaintext.length > cipher.mostPlaintextBytes(spec)
        || plaintext.length < cipher.leastPlaintextBytes()) {
      throw new IllegalArgumentException("no plaintext for " + cipher + " and " + spec);
    }
    return Attempt.must("a key could not encrypt", () -> encryptor.encrypt(cipher, plaintext));
  }

  @Override
  public String toString() {
    return "EncryptionKey[" + spec + "]";
  }
}
