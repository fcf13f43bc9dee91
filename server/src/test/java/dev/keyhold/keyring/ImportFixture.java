package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.EncryptionKey;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyWrap;
import dev.keyhold.crypto.MlKemWrap;
import dev.keyhold.crypto.PublicKeyCipher;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.KeyId;
import dev.keyhold.keyring.Imports.Delivery;
import dev.keyhold.keyring.Imports.Parameters;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A keyring into which material is imported.
abstract class ImportFixture {
  static final WrappingAlgorithm QUICK = WrappingAlgorithm.SM2_ENCRYPT;
  @TempDir Path folder;
  TestKeys keys;

  @BeforeEach
  void open() {
    keys = new TestKeys(folder);
  }

  @AfterEach
  void close() {
    keys.close();
  }

  void importSecret(KeyId id, byte[] secret) {
    importSecret(id, secret, Optional.empty());
  }

  void importSecret(KeyId id, byte[] secret, Optional<Instant> expiresAt) {
    importMaterial(
        id,
        parameters ->
            delivery(parameters, wrap(QUICK, parameters, secret), Optional.empty(), expiresAt));
  }

  void importPair(KeyId id, KeyWrap keyWrap, byte[] temporaryKey, KeyMaterial pkcs8) {
    importPair(id, temporaryKey, keyWrap.wrap(new KeyMaterial(temporaryKey.clone()), pkcs8));
  }

  /// @param privateKey wrapped under whatever key
  void importPair(KeyId id, byte[] temporaryKey, Bytes privateKey) {
    importMaterial(
        id,
        parameters ->
            delivery(
                parameters,
                wrap(QUICK, parameters, temporaryKey),
                Optional.of(privateKey),
                Optional.empty()));
  }

  private void importMaterial(KeyId id, Function<Parameters, Delivery> delivery) {
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    keys.imports.importMaterial(keys.project, id, delivery.apply(parameters));
  }

  static Delivery delivery(Parameters parameters, Bytes material) {
    return delivery(parameters, material, Optional.empty(), Optional.empty());
  }

  private static Delivery delivery(
      Parameters parameters,
      Bytes material,
      Optional<Bytes> privateKey,
      Optional<Instant> expiresAt) {
    return new Delivery(ImportType.EXISTING, parameters.token(), material, privateKey, expiresAt);
  }

  static Bytes wrap(WrappingAlgorithm algorithm, Parameters parameters, byte[] secret) {
    return switch (algorithm) {
      case ML_KEM_768_AES_KWP, ML_KEM_1024_AES_KWP ->
          MlKemWrap.wrap(algorithm.pair(), parameters.publicKey(), new KeyMaterial(secret.clone()))
              .orElseThrow();
      case RSAES_OAEP_SHA_256, RSAES_OAEP_SHA_1, SM2_ENCRYPT ->
          Bytes.owning(
              EncryptionKey.of(algorithm.pair(), parameters.publicKey())
                  .orElseThrow()
                  .encrypt(PublicKeyCipher.valueOf(algorithm.name()), secret));
    };
  }

  byte[] material(KeyId id) {
    return material(id, 0);
  }

  byte[] material(KeyId id, int version) {
    try (var material =
        (Material.Secret) keys.vault.material(keys.load(id), version).orElseThrow()) {
      return material.key().lend(byte[]::clone);
    }
  }

  static void rejected(KmsError error, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, refused -> assertThat(refused.error()).isEqualTo(error));
  }
}
