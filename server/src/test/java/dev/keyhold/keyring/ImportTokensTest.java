package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.EncodedKeyPair;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.crypto.KeyWrap;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.Imports.Delivery;
import dev.keyhold.keyring.Imports.Parameters;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What an import is refused for: tokens and material that were altered, or are for another key.
class ImportTokensTest extends ImportFixture {
  @Test
  void whatIsNoSoundPrivateKeyOfTheSpecIsRefused() {
    KeyId id = keys.external(KeySpec.EC_P256);
    try (EncodedKeyPair other = KeyPairs.generate(KeyPairSpec.EC_P384);
        EncodedKeyPair fitting = KeyPairs.generate(KeyPairSpec.EC_P256)) {
      byte[] key = Random.bytes(32);
      rejected(
          KmsError.PRIVATE_KEY_INVALID,
          () -> importPair(id, KeyWrap.AES_KWP, key, other.privateKey()));
      rejected(
          KmsError.PRIVATE_KEY_INVALID,
          () ->
              importPair(
                  id, KeyWrap.AES_KWP, key, new KeyMaterial("x".getBytes(StandardCharsets.UTF_8))));
      rejected(
          KmsError.TEMPORARY_KEY_LENGTH,
          () -> importPair(id, KeyWrap.AES_KWP, Random.bytes(24), fitting.privateKey()));
      rejected(KmsError.PRIVATE_KEY_ABSENT, () -> importSecret(id, Random.bytes(32)));

      Bytes underAnother =
          KeyWrap.AES_KWP.wrap(new KeyMaterial(Random.bytes(32)), fitting.privateKey());
      rejected(KmsError.PRIVATE_KEY_INVALID, () -> importPair(id, key, underAnother));
      assertThat(keys.load(id).state()).isEqualTo(new KeyState.PendingImport());
    }
  }

  @Test
  void privateKeyForASecretKeyIsRefused() {
    KeyId id = keys.external(KeySpec.AES_256);
    rejected(
        KmsError.INVALID_PARAMETER,
        () -> importPair(id, Random.bytes(32), Bytes.owning(new byte[32])));
  }

  @ParameterizedTest
  @EnumSource
  void alteredMaterialIsRefused(WrappingAlgorithm algorithm) {
    KeyId id = keys.external(KeySpec.AES_256);
    Parameters parameters =
        keys.imports.parameters(keys.project, id, ImportType.EXISTING, algorithm);
    byte[] wrapped = wrap(algorithm, parameters, Random.bytes(32)).lent().clone();
    for (int at : new int[] {0, wrapped.length / 2, wrapped.length - 1}) {
      byte[] altered = wrapped.clone();
      altered[at] ^= 1;
      rejected(
          KmsError.UNWRAP_FAILED,
          () ->
              keys.imports.importMaterial(
                  keys.project, id, delivery(parameters, Bytes.owning(altered))));
    }
    rejected(
        KmsError.UNWRAP_FAILED,
        () ->
            keys.imports.importMaterial(
                keys.project, id, delivery(parameters, Bytes.owning(new byte[0]))));
  }

  @Test
  void tokenHasTheLayoutOfTheApi() {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] token =
        keys.imports
            .parameters(keys.project, id, ImportType.EXISTING, WrappingAlgorithm.RSAES_OAEP_SHA_256)
            .token()
            .lent();
    assertThat(token[0]).isZero();
    assertThat(token[1]).isZero();
    assertThat((token[2] & 0xff) | (token[3] & 0xff) << 8).isEqualTo(token.length - 4);
    assertThat(new String(token, 4, 36, StandardCharsets.US_ASCII)).isEqualTo(id.text());
  }

  @Test
  void tokenAlteredAnywhereIsRefused() {
    KeyId id = keys.external(KeySpec.AES_256);
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    Bytes material = wrap(QUICK, parameters, Random.bytes(32));
    byte[] token = parameters.token().lent();
    for (int at = 0; at < token.length; at++) {
      byte[] altered = token.clone();
      altered[at] ^= 1;
      refusedToken(id, altered, material);
    }
    for (int length = 0; length < token.length; length++) {
      refusedToken(id, Arrays.copyOf(token, length), material);
    }
    refusedToken(id, Arrays.copyOf(token, token.length + 1), material);
  }

  private void refusedToken(KeyId id, byte[] token, Bytes material) {
    rejected(
        KmsError.INVALID_IMPORT_TOKEN,
        () ->
            keys.imports.importMaterial(
                keys.project,
                id,
                new Delivery(
                    ImportType.EXISTING,
                    Bytes.owning(token),
                    material,
                    Optional.empty(),
                    Optional.empty())));
  }

  @Test
  void tokenIsForItsKeyItsProjectAndADay() {
    KeyId id = keys.external(KeySpec.AES_256);
    KeyId other = keys.external(KeySpec.AES_256);
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    Delivery delivery = delivery(parameters, wrap(QUICK, parameters, Random.bytes(32)));

    rejected(
        KmsError.IMPORT_TOKEN_OF_ANOTHER_KEY,
        () -> keys.imports.importMaterial(keys.project, other, delivery));
    rejected(
        KmsError.INVALID_IMPORT_TOKEN,
        () ->
            ImportToken.open(
                keys.keks,
                ProjectId.random(),
                id,
                parameters.token().lent(),
                keys.clock.instant()));
    rejected(
        KmsError.KEY_NOT_FOUND,
        () -> keys.imports.importMaterial(ProjectId.random(), id, delivery));

    assertThat(parameters.expiresAt().getEpochSecond())
        .isEqualTo(keys.clock.instant().getEpochSecond() + 24 * 3600);
    keys.clock.setWall(parameters.expiresAt());
    rejected(
        KmsError.IMPORT_TOKEN_EXPIRED,
        () -> keys.imports.importMaterial(keys.project, id, delivery));
    keys.clock.setWall(parameters.expiresAt().minusMillis(1));
    keys.imports.importMaterial(keys.project, id, delivery);
  }
}
