package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.EncodedKeyPair;
import dev.keyhold.crypto.EncryptionKey;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.crypto.KeyWrap;
import dev.keyhold.crypto.MlKemWrap;
import dev.keyhold.crypto.PublicKeyCipher;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.Imports.Delivery;
import dev.keyhold.keyring.Imports.Parameters;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ImportsTest {
  private static final WrappingAlgorithm QUICK = WrappingAlgorithm.SM2_ENCRYPT;

  @TempDir Path folder;
  private TestKeys keys;

  @BeforeEach
  void open() {
    keys = new TestKeys(folder);
  }

  @AfterEach
  void close() {
    keys.close();
  }

  @ParameterizedTest
  @EnumSource
  void secretImportedUnderEveryAlgorithmIsTheKey(WrappingAlgorithm algorithm) {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] secret = Random.bytes(32);
    Parameters parameters =
        keys.imports.parameters(keys.project, id, ImportType.EXISTING, algorithm);

    Cmk imported =
        keys.imports.importMaterial(
            keys.project, id, delivery(parameters, wrap(algorithm, parameters, secret)));

    assertThat(imported.state()).isEqualTo(new KeyState.Enabled());
    assertThat(material(id)).isEqualTo(secret);
    int tokenChars = (parameters.token().length() + 2) / 3 * 4;
    assertThat(tokenChars).isBetween(200, 6144);
  }

  @ParameterizedTest
  @EnumSource(names = {"SM4", "HMAC_256", "HMAC_384", "HMAC_512", "HMAC_SM3"})
  void secretsOfEverySpecAreImportedAndOfNoOtherLength(KeySpec spec) {
    KeyId id = keys.external(spec);
    for (int wrong : new int[] {1, spec.materialBytes() - 1, spec.materialBytes() + 1}) {
      rejected(KmsError.MATERIAL_LENGTH, () -> importSecret(id, Random.bytes(wrong)));
    }
    byte[] secret = Random.bytes(spec.materialBytes());

    importSecret(id, secret);

    assertThat(material(id)).isEqualTo(secret);
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, AES_KWP, 32",
    "EC_P256, AES_KWP, 16",
    "EC_P384, AES_KWP, 32",
    "SECP256K1, AES_KWP, 32",
    "ED25519, AES_KWP, 32",
    "ML_DSA_44, AES_KWP, 32",
    "SM2, SM4_KWP, 16",
    "SM2, AES_KWP, 32",
  })
  void privateKeyImportedUnderATemporaryKeyIsTheKey(
      KeySpec spec, KeyWrap keyWrap, int temporaryKeyBytes) {
    KeyId id = keys.external(spec);
    try (EncodedKeyPair pair = KeyPairs.generate(KeyPairSpec.valueOf(spec.name()))) {
      importPair(id, keyWrap, Random.bytes(temporaryKeyBytes), pair.privateKey());

      try (Material.Pair stored =
          (Material.Pair) keys.vault.material(keys.load(id), 0).orElseThrow()) {
        assertThat(stored.pair().publicKey()).isEqualTo(pair.publicKey());
      }
      try (OpenKey open = keys.keyring.open(keys.project, id, Use.TELL_PUBLIC_KEY)) {
        assertThat(((OpenMaterial.Pair) open.current()).publicKey()).isEqualTo(pair.publicKey());
      }
    }
  }

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

      Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
      Bytes underAnother =
          KeyWrap.AES_KWP.wrap(new KeyMaterial(Random.bytes(32)), fitting.privateKey());
      rejected(
          KmsError.PRIVATE_KEY_INVALID,
          () ->
              keys.imports.importMaterial(
                  keys.project,
                  id,
                  new Delivery(
                      ImportType.EXISTING,
                      parameters.token(),
                      wrap(QUICK, parameters, key),
                      Optional.of(underAnother),
                      Optional.empty())));
      assertThat(keys.load(id).state()).isEqualTo(new KeyState.PendingImport());
    }
  }

  @Test
  void privateKeyForASecretKeyIsRefused() {
    KeyId id = keys.external(KeySpec.AES_256);
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    rejected(
        KmsError.INVALID_PARAMETER,
        () ->
            keys.imports.importMaterial(
                keys.project,
                id,
                new Delivery(
                    ImportType.EXISTING,
                    parameters.token(),
                    wrap(QUICK, parameters, Random.bytes(32)),
                    Optional.of(Bytes.owning(new byte[32])),
                    Optional.empty())));
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

  @Test
  void onlyTheSameMaterialIsImportedAgain() {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] secret = Random.bytes(32);
    importSecret(id, secret);
    rejected(
        KmsError.NOT_PENDING_IMPORT,
        () -> keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK));

    keys.imports.deleteMaterial(keys.project, id);

    assertThat(keys.vault.material(keys.load(id), 0)).isEmpty();
    rejected(KmsError.KEY_NOT_ENABLED, () -> keys.keyring.open(keys.project, id, Use.WRAP).close());
    rejected(KmsError.MATERIAL_DIFFERS, () -> importSecret(id, Random.bytes(32)));
    importSecret(id, secret);
    assertThat(material(id)).isEqualTo(secret);
  }

  @Test
  void keyInTheKeyringGoesWithItsMaterial() {
    KeyId id = keys.external(KeySpec.AES_256);
    importSecret(id, Random.bytes(32));
    keys.keyring.open(keys.project, id, Use.WRAP).close();

    keys.imports.deleteMaterial(keys.project, id);

    rejected(KmsError.KEY_NOT_ENABLED, () -> keys.keyring.open(keys.project, id, Use.WRAP).close());
  }

  @Test
  void expiredMaterialIsDeletedInWhateverStateTheKeyIs() {
    Instant expiry = keys.clock.instant().plus(Duration.ofDays(1));
    KeyId enabled = keys.external(KeySpec.AES_256);
    KeyId disabled = keys.external(KeySpec.AES_256);
    KeyId doomed = keys.external(KeySpec.AES_256);
    KeyId later = keys.external(KeySpec.AES_256);
    byte[] secret = Random.bytes(32);
    for (KeyId id : new KeyId[] {enabled, disabled, doomed}) {
      importSecret(id, secret, Optional.of(expiry));
    }
    importSecret(later, secret, Optional.of(expiry.plusMillis(1)));
    keys.vault.change(keys.project, disabled, Cmk::disabled);
    keys.vault.change(
        keys.project, doomed, cmk -> cmk.deletionScheduled(expiry, Duration.ofDays(7)));
    keys.clock.setWall(expiry.minusMillis(1));
    assertThat(keys.imports.deleteExpired()).isZero();
    keys.clock.setWall(expiry);

    assertThat(keys.imports.deleteExpired()).isEqualTo(3);

    assertThat(keys.imports.deleteExpired()).isZero();
    for (KeyId id : new KeyId[] {enabled, disabled, doomed}) {
      assertThat(keys.vault.material(keys.load(id), 0)).isEmpty();
    }
    assertThat(keys.load(enabled).state()).isEqualTo(new KeyState.PendingImport());
    assertThat(keys.load(disabled).state()).isEqualTo(new KeyState.PendingImport());
    assertThat(keys.load(doomed).state()).isInstanceOf(KeyState.PendingDeletion.class);
    assertThat(keys.vault.change(keys.project, doomed, Cmk::deletionCancelled).state())
        .isEqualTo(new KeyState.PendingImport());
    assertThat(material(later)).isEqualTo(secret);
    importSecret(enabled, secret);
    assertThat(keys.load(enabled).imported().orElseThrow().expiresAt()).isEmpty();
  }

  @Test
  void importThatFailsLeavesTheKeyAsItWas() {
    KeyId id = keys.external(KeySpec.AES_256);
    Cmk before = keys.load(id);
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    Delivery delivery = delivery(parameters, wrap(QUICK, parameters, Random.bytes(32)));
    var failing =
        new Imports(
            keys.vaultThatStoresNoMaterial(),
            keys.keyring,
            keys.generator,
            keys.keks,
            keys.clock,
            keys.clock);

    assertThatThrownBy(() -> failing.importMaterial(keys.project, id, delivery))
        .isInstanceOf(FailingMaterial.Failure.class);
    assertThat(keys.load(id)).isEqualTo(before);

    keys.imports.importMaterial(keys.project, id, delivery);
    Cmk imported = keys.load(id);
    assertThatThrownBy(() -> failing.deleteMaterial(keys.project, id))
        .isInstanceOf(FailingMaterial.Failure.class);
    assertThat(keys.load(id)).isEqualTo(imported);
    assertThat(material(id)).hasSize(32);
  }

  @Test
  void keyRotatesToItsNewMaterialAndOpensWhatTheOldOneClosed() {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] first = Random.bytes(32);
    byte[] second = Random.bytes(32);
    importSecret(id, first);
    rejected(KmsError.EXTERNAL_KEY_CANNOT_ROTATE, () -> keys.rotations.rotate(keys.project, id));
    byte[] before = seal(id);

    importNew(id, second, Optional.empty());
    assertThat(keys.load(id).currentVersion()).as("before it is rotated").isZero();
    keys.rotations.rotate(keys.project, id);

    assertThat(material(id, 0)).isEqualTo(first);
    assertThat(material(id, 1)).isEqualTo(second);
    assertThat(opens(id, 0, before)).isTrue();
    byte[] after = seal(id);
    assertThat(opens(id, 1, after)).isTrue();
    assertThat(opens(id, 0, after)).isFalse();
    rejected(KmsError.EXTERNAL_KEY_CANNOT_ROTATE, () -> keys.rotations.rotate(keys.project, id));
  }

  @Test
  void newMaterialIsNewAndReplacesWhatAwaitsRotation() {
    KeyId id = keys.external(KeySpec.SM4);
    byte[] first = Random.bytes(16);
    rejected(KmsError.KEY_NOT_ENABLED, () -> importNew(id, Random.bytes(16), Optional.empty()));
    importSecret(id, first);
    rejected(KmsError.INVALID_PARAMETER, () -> importNew(id, first, Optional.empty()));
    byte[] second = Random.bytes(16);
    importNew(id, second, Optional.empty());
    importNew(id, second, Optional.empty());
    byte[] third = Random.bytes(16);
    importNew(id, third, Optional.empty());

    keys.rotations.rotate(keys.project, id);

    assertThat(material(id, 1)).isEqualTo(third);
    rejected(KmsError.INVALID_PARAMETER, () -> importNew(id, first, Optional.empty()));
  }

  @Test
  void rotatedKeyComesBackWithEachMaterialInItsPlace() {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] first = Random.bytes(32);
    byte[] second = Random.bytes(32);
    importSecret(id, first);
    importNew(id, second, Optional.empty());
    keys.rotations.rotate(keys.project, id);
    importNew(id, Random.bytes(32), Optional.empty());

    keys.imports.deleteMaterial(keys.project, id);

    for (int version = 0; version < 3; version++) {
      assertThat(keys.vault.material(keys.load(id), version)).isEmpty();
    }
    rejected(KmsError.MATERIAL_DIFFERS, () -> importSecret(id, Random.bytes(32)));
    importSecret(id, second);
    assertThat(keys.load(id).state()).isEqualTo(new KeyState.PendingImport());
    importSecret(id, first);
    assertThat(keys.load(id).state()).isEqualTo(new KeyState.Enabled());
    assertThat(material(id, 0)).isEqualTo(first);
    assertThat(material(id, 1)).isEqualTo(second);
    rejected(KmsError.EXTERNAL_KEY_CANNOT_ROTATE, () -> keys.rotations.rotate(keys.project, id));
  }

  @Test
  void eachMaterialExpiresByItself() {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] first = Random.bytes(32);
    byte[] second = Random.bytes(32);
    Instant expiry = keys.clock.instant().plus(Duration.ofDays(1));
    importSecret(id, first, Optional.of(expiry.plus(Duration.ofDays(1))));
    importNew(id, second, Optional.of(expiry));
    keys.clock.setWall(expiry);
    assertThat(keys.imports.deleteExpired()).isEqualTo(1);
    assertThat(keys.load(id).state()).isEqualTo(new KeyState.Enabled());
    assertThat(keys.vault.versions(keys.load(id))).hasSize(1);

    importNew(id, second, Optional.empty());
    keys.rotations.rotate(keys.project, id);
    keys.clock.setWall(expiry.plus(Duration.ofDays(1)));
    assertThat(keys.imports.deleteExpired()).isEqualTo(1);

    assertThat(keys.load(id).state()).isEqualTo(new KeyState.PendingImport());
    assertThat(material(id, 1)).isEqualTo(second);
    importSecret(id, first);
    assertThat(keys.load(id).state()).isEqualTo(new KeyState.Enabled());
  }

  @Test
  void materialThatWasReplacedCannotBePutBackInTheDatabase() {
    KeyId id = keys.external(KeySpec.AES_256);
    importSecret(id, Random.bytes(32));
    importNew(id, Random.bytes(32), Optional.empty());
    var discarded = keys.repository.material(id, 1).orElseThrow();
    importNew(id, Random.bytes(32), Optional.empty());
    keys.rotations.rotate(keys.project, id);

    keys.repository.putMaterial(discarded);

    assertThatThrownBy(() -> keys.keyring.open(keys.project, id, Use.WRAP).close())
        .isInstanceOf(IntegrityException.class);
  }

  private void importNew(KeyId id, byte[] secret, Optional<Instant> expiresAt) {
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.NEW, QUICK);
    keys.imports.importMaterial(
        keys.project,
        id,
        new Delivery(
            ImportType.NEW,
            parameters.token(),
            wrap(QUICK, parameters, secret),
            Optional.empty(),
            expiresAt));
  }

  private byte[] seal(KeyId id) {
    try (OpenKey key = keys.keyring.open(keys.project, id, Use.WRAP)) {
      return key.currentAead().seal(new byte[] {1}, new byte[0]);
    }
  }

  private boolean opens(KeyId id, int version, byte[] sealed) {
    try (OpenKey key = keys.keyring.open(keys.project, id, Use.WRAP)) {
      return key.aead(version).orElseThrow().open(sealed, new byte[0]).isPresent();
    }
  }

  private void importSecret(KeyId id, byte[] secret) {
    importSecret(id, secret, Optional.empty());
  }

  private void importSecret(KeyId id, byte[] secret, Optional<Instant> expiresAt) {
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    keys.imports.importMaterial(
        keys.project,
        id,
        new Delivery(
            ImportType.EXISTING,
            parameters.token(),
            wrap(QUICK, parameters, secret),
            Optional.empty(),
            expiresAt));
  }

  private void importPair(KeyId id, KeyWrap keyWrap, byte[] temporaryKey, KeyMaterial pkcs8) {
    Parameters parameters = keys.imports.parameters(keys.project, id, ImportType.EXISTING, QUICK);
    keys.imports.importMaterial(
        keys.project,
        id,
        new Delivery(
            ImportType.EXISTING,
            parameters.token(),
            wrap(QUICK, parameters, temporaryKey),
            Optional.of(keyWrap.wrap(new KeyMaterial(temporaryKey.clone()), pkcs8)),
            Optional.empty()));
  }

  private static Delivery delivery(Parameters parameters, Bytes material) {
    return new Delivery(
        ImportType.EXISTING, parameters.token(), material, Optional.empty(), Optional.empty());
  }

  private static Bytes wrap(WrappingAlgorithm algorithm, Parameters parameters, byte[] secret) {
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

  private byte[] material(KeyId id) {
    return material(id, 0);
  }

  private byte[] material(KeyId id, int version) {
    try (var material =
        (Material.Secret) keys.vault.material(keys.load(id), version).orElseThrow()) {
      return material.key().lend(byte[]::clone);
    }
  }

  private static void rejected(KmsError error, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, refused -> assertThat(refused.error()).isEqualTo(error));
  }
}
