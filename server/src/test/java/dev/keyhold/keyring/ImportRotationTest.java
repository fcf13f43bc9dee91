package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.keyring.Imports.Delivery;
import dev.keyhold.keyring.Imports.Parameters;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Keys that rotate to material that was imported for it.
class ImportRotationTest extends ImportFixture {
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
  void keyDoesNotRotateToWhatHasExpiredAndIsYetToBeDeleted() {
    KeyId id = keys.external(KeySpec.AES_256);
    byte[] first = Random.bytes(32);
    Instant expiry = keys.clock.instant().plus(Duration.ofDays(1));
    importSecret(id, first);
    importNew(id, Random.bytes(32), Optional.of(expiry));
    keys.clock.setWall(expiry);

    rejected(KmsError.EXTERNAL_KEY_CANNOT_ROTATE, () -> keys.rotations.rotate(keys.project, id));

    assertThat(keys.imports.deleteExpired()).isEqualTo(1);
    assertThat(keys.load(id).state()).isEqualTo(new KeyState.Enabled());
    assertThat(material(id)).isEqualTo(first);
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
}
