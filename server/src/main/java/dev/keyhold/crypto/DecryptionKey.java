package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.Optional;
import java.util.function.Supplier;

/// A private key that decrypts: parsed once, used by any number of threads. What a [SigningKey]
/// says of its bytes holds here.
public final class DecryptionKey implements AutoCloseable {
  private final KeyPairSpec spec;
  private final Decryptor decryptor;
  private final Guard guard = new Guard();

  private DecryptionKey(KeyPairSpec spec, Decryptor decryptor) {
    this.spec = spec;
    this.decryptor = decryptor;
  }

  sealed interface Decryptor permits RsaEncryption, Sm2Encryption.Decrypting {
    byte[] decrypt(PublicKeyCipher cipher, byte[] ciphertext) throws Exception;

    /// Frees what the provider holds outside the heap, if it does.
    void destroy();
  }

  /// Takes ownership of `pkcs8`, which is closed when this returns.
  ///
  /// @param pkcs8 a private key as [KeyPairs] gives it
  /// @throws IllegalArgumentException when it is not a key of `spec`, or `spec` does not encrypt
  public static DecryptionKey of(KeyPairSpec spec, KeyMaterial pkcs8) {
    return of(spec, pkcs8, CryptoProviders::rsaEc);
  }

  static DecryptionKey of(KeyPairSpec spec, KeyMaterial pkcs8, Supplier<RsaEc> providers) {
    try (pkcs8) {
      return pkcs8.lend(der ->
          Attempt.at(() -> new DecryptionKey(spec, decryptor(spec, der, providers)))
              .orElseThrow(() -> new IllegalArgumentException("not a decryption key of " + spec)));
    }
  }

  private static Decryptor decryptor(KeyPairSpec spec, byte[] der, Supplier<RsaEc> providers)
      throws Exception {
    return switch (spec.kind()) {
      case RSA -> {
        var _ = RsaKeys.privateKey(spec, der);
        RsaEc rsa = providers.get();
        yield new RsaEncryption(RsaKeys.loadPrivate(der, rsa), rsa, spec.size() / Byte.SIZE);
      }
      case EC -> {
        EncryptionKey.requireSm2(spec);
        yield new Sm2Encryption.Decrypting(EcKeys.privateKey(spec, der));
      }
      case EDWARDS, ML_DSA, ML_KEM -> throw new IllegalArgumentException("not for encryption");
    };
  }

  public KeyPairSpec spec() {
    return spec;
  }

  /// @return empty for whatever was not encrypted to this key with this cipher, without a reason;
  ///   the plaintext may be empty material
  /// @throws IllegalArgumentException when the cipher does not fit the key
  /// @throws IllegalStateException when the key is closed
  public Optional<KeyMaterial> decrypt(PublicKeyCipher cipher, byte[] ciphertext) {
    if (!cipher.fits(spec)) {
      throw new IllegalArgumentException(cipher + " does not fit a key of " + spec);
    }
    return guard
        .use(() -> Attempt.at(() -> decryptor.decrypt(cipher, ciphertext)))
        .map(KeyMaterial::new);
  }

  /// Waits for the uses that other threads have begun.
  @Override
  public void close() {
    guard.close(decryptor::destroy);
  }

  @Override
  public String toString() {
    return "DecryptionKey[" + spec + ", redacted]";
  }
}
