package dev.keyhold.keyring;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.AgreementKey;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.DecryptionKey;
import dev.keyhold.crypto.EncodedKeyPair;
import dev.keyhold.crypto.EncryptionKey;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.MacAlgorithm;
import dev.keyhold.crypto.MacKey;
import dev.keyhold.crypto.SigningKey;
import dev.keyhold.crypto.VerifyingKey;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;

/// One version of a key's material, parsed and ready for use by any number of threads. What it can
/// do is its type.
public sealed interface OpenMaterial extends AutoCloseable {

  record Aead(AeadKey key) implements OpenMaterial {
    @Override
    public void close() {
      key.close();
    }
  }

  record Mac(MacKey key) implements OpenMaterial {
    @Override
    public void close() {
      key.close();
    }
  }

  /// A key pair; what its private half does depends on the usage it was made for.
  sealed interface Pair extends OpenMaterial {
    /// SPKI DER.
    Bytes publicKey();
  }

  record Signing(SigningKey key, VerifyingKey verifying, Bytes publicKey) implements Pair {
    @Override
    public void close() {
      key.close();
    }
  }

  record Deciphering(DecryptionKey key, EncryptionKey encryption, Bytes publicKey) implements Pair {
    @Override
    public void close() {
      key.close();
    }
  }

  record Agreeing(AgreementKey key, Bytes publicKey) implements Pair {
    @Override
    public void close() {
      key.close();
    }
  }

  /// Wipes what can be wiped.
  @Override
  void close();

  /// Takes ownership of `material`.
  static OpenMaterial of(Cmk cmk, Material material) {
    return switch (material) {
      case Material.Secret(KeyMaterial secret) -> ofSecret(cmk.spec(), secret);
      case Material.Pair(EncodedKeyPair pair) -> ofPair(cmk, pair);
    };
  }

  private static OpenMaterial ofSecret(KeySpec spec, KeyMaterial secret) {
    return switch (spec) {
      case AES_256 -> new Aead(AeadKey.of(AeadSuite.XAES_256_GCM, secret));
      case SM4 -> new Aead(AeadKey.of(AeadSuite.XSM4_GCM, secret));
      case HMAC_256 -> new Mac(MacKey.of(MacAlgorithm.HMAC_SHA_256, secret));
      case HMAC_384 -> new Mac(MacKey.of(MacAlgorithm.HMAC_SHA_384, secret));
      case HMAC_512 -> new Mac(MacKey.of(MacAlgorithm.HMAC_SHA_512, secret));
      case HMAC_SM3 -> new Mac(MacKey.of(MacAlgorithm.HMAC_SM3, secret));
      default -> throw new IllegalStateException(spec + " is a key pair");
    };
  }

  private static OpenMaterial ofPair(Cmk cmk, EncodedKeyPair pair) {
    Bytes spki = pair.publicKey();
    return switch (cmk.usage()) {
      case SIGN_VERIFY ->
          new Signing(
              SigningKey.of(pair.spec(), pair.privateKey()),
              VerifyingKey.of(pair.spec(), spki).orElseThrow(),
              spki);
      case ENCRYPT_DECRYPT ->
          new Deciphering(
              DecryptionKey.of(pair.spec(), pair.privateKey()),
              EncryptionKey.of(pair.spec(), spki).orElseThrow(),
              spki);
      case KEY_AGREEMENT -> new Agreeing(AgreementKey.of(pair.spec(), pair.privateKey()), spki);
      case GENERATE_VERIFY_MAC -> throw new IllegalStateException("a key pair makes no MACs");
    };
  }
}
