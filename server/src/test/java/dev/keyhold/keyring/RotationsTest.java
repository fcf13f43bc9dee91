package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RotationsTest {
  private static final byte[] AAD = {};

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
  @EnumSource(names = {"AES_256", "SM4"})
  void whatEveryVersionEncryptedOpensForEverAndNewMaterialEncrypts(KeySpec spec) {
    KeyId id = keys.enabled(spec);
    var sealed = new ArrayList<byte[]>();
    for (int version = 0; version < 5; version++) {
      sealed.add(seal(id, "of version " + version));
      assertThat(keys.rotations.rotate(keys.project, id).currentVersion()).isEqualTo(version + 1);
    }

    for (int version = 0; version < 5; version++) {
      assertThat(open(id, version, sealed.get(version))).isEqualTo("of version " + version);
      int other = (version + 1) % 5;
      assertThat(open(id, version, sealed.get(other))).isEqualTo("does not open");
    }
    try (OpenKey key = keys.keyring.open(keys.project, id, Use.WRAP)) {
      assertThat(key.currentVersion()).isEqualTo(5);
      assertThat(key.aead(6)).isEmpty();
    }
  }

  @Test
  void everyVersionHasItsDate() {
    KeyId id = keys.enabled(KeySpec.AES_256);
    var created = keys.clock.instant();
    keys.clock.pass(Duration.ofDays(3));

    Cmk rotated = keys.rotations.rotate(keys.project, id);

    assertThat(keys.vault.versions(rotated))
        .containsExactly(
            new MaterialVersion(0, created),
            new MaterialVersion(1, created.plus(Duration.ofDays(3))));
    assertThat(rotated.rotation().last()).contains(created.plus(Duration.ofDays(3)));
  }

  @Test
  void dueKeyRotatesOnceHoweverLongItIsOverdue() {
    KeyId id = automatic(30);
    keys.clock.pass(Duration.ofDays(30).minusMillis(1));
    assertThat(keys.rotations.rotateDue()).isZero();

    keys.clock.pass(Duration.ofDays(300));
    assertThat(keys.rotations.rotateDue()).isEqualTo(1);
    assertThat(keys.rotations.rotateDue()).isZero();

    assertThat(keys.load(id).currentVersion()).isEqualTo(1);
    keys.clock.pass(Duration.ofDays(30));
    assertThat(keys.rotations.rotateDue()).isEqualTo(1);
  }

  @Test
  void rotatedKeyEncryptsWithItsNewMaterialAtOnce() {
    KeyId id = automatic(30);
    byte[] before = seal(id, "before"); // and the key is in the keyring
    keys.clock.pass(Duration.ofDays(31));

    keys.rotations.rotateDue();

    try (OpenKey key = keys.keyring.open(keys.project, id, Use.WRAP)) {
      assertThat(key.currentVersion()).isEqualTo(1);
    }
    assertThat(open(id, 0, before)).isEqualTo("before");
  }

  @Test
  void disabledKeyRotatesWhenItIsEnabledAgain() {
    KeyId id = automatic(30);
    keys.vault.change(keys.project, id, Cmk::disabled);
    keys.clock.pass(Duration.ofDays(100));
    assertThat(keys.rotations.rotateDue()).isZero();

    keys.vault.change(keys.project, id, Cmk::enabled);

    assertThat(keys.rotations.rotateDue()).isEqualTo(1);
    assertThat(keys.load(id).currentVersion()).isEqualTo(1);
  }

  @Test
  void keyPendingDeletionRotatesOnlyOnceItIsSaved() {
    KeyId id = automatic(30);
    keys.vault.change(
        keys.project, id, cmk -> cmk.deletionScheduled(keys.clock.instant(), Duration.ofDays(99)));
    keys.clock.pass(Duration.ofDays(40));
    assertThat(keys.rotations.rotateDue()).isZero();

    keys.vault.change(keys.project, id, Cmk::deletionCancelled);
    assertThat(keys.rotations.rotateDue()).isZero();
    keys.vault.change(keys.project, id, Cmk::enabled);
    assertThat(keys.rotations.rotateDue()).isEqualTo(1);
  }

  @Test
  void moreKeysThanFitABatchRotateInOneLook() {
    List<KeyId> ids = new ArrayList<>();
    for (int i = 0; i < 103; i++) {
      ids.add(automatic(30));
    }
    keys.clock.pass(Duration.ofDays(30));

    assertThat(keys.rotations.rotateDue()).isEqualTo(103);

    assertThat(ids).allMatch(id -> keys.load(id).currentVersion() == 1);
  }

  @Test
  void alteredRowIsPassedOverAndTheOthersRotate() {
    KeyId altered = automatic(30);
    KeyId sound = automatic(365);
    Cmk hastened = keys.load(sound).rotationIntervalChanged(31);
    Cmk forged = keys.load(altered).described("forged");
    assertThat(keys.repository.replace(new StoredCmk(forged, Bytes.owning(new byte[36])))).isTrue();
    keys.vault.change(keys.project, sound, _ -> hastened);
    keys.clock.pass(Duration.ofDays(50));

    assertThat(keys.rotations.rotateDue()).isEqualTo(1);

    assertThat(keys.load(sound).currentVersion()).isEqualTo(1);
    assertThatThrownBy(() -> keys.load(altered)).isInstanceOf(IntegrityException.class);
  }

  /// Whatever makes the one fail, and however long: it comes first, as the longest overdue.
  @Test
  void keyThatFailsKeepsNoOtherFromItsRotation() {
    KeyId failing = automatic(30);
    keys.clock.pass(Duration.ofDays(1));
    List<KeyId> sound = List.of(automatic(30), automatic(30));
    keys.clock.pass(Duration.ofDays(40));
    var rotations =
        new Rotations(
            keys.vaultThatStoresNoMaterialOf(failing),
            keys.keyring,
            keys.generator,
            keys.clock,
            cmk -> cmk);

    assertThat(rotations.rotateDue()).isEqualTo(2);

    assertThat(sound).allMatch(id -> keys.load(id).currentVersion() == 1);
    assertThat(keys.load(failing).currentVersion()).isZero();
    assertThat(rotations.rotateDue()).isZero();
  }

  /// The MAC of a row can't be checked without the project's KEK.
  @Test
  void alteredKekOfAnotherProjectKeepsNoKeyFromItsRotation() throws SQLException {
    KeyId altered = automatic(30);
    keys.clock.pass(Duration.ofDays(1));
    KeyId sound = keys.enabledElsewhere(KeySpec.AES_256);
    keys.vault.change(keys.elsewhere, sound, cmk -> cmk.rotationEnabled(keys.clock.instant(), 30));
    keys.clock.pass(Duration.ofDays(40));
    keys.alterKek(keys.project);

    assertThat(keys.afterAStart().rotateDue()).isEqualTo(1);

    assertThat(keys.vault.load(keys.elsewhere, sound).currentVersion()).isEqualTo(1);
    assertThat(keys.load(altered).currentVersion()).isZero();
  }

  @Test
  void everyMemberOfTheScheduleIsUnderTheMac() {
    KeyId id = automatic(30);
    Cmk genuine = keys.load(id);
    var schedule = genuine.rotation().schedule().orElseThrow();
    Bytes mac = keys.repository.find(keys.project, id).orElseThrow().mac();
    var next = schedule.next();
    for (var forged :
        List.of(new Rotation.Schedule(31, next), new Rotation.Schedule(30, next.plusMillis(1)))) {
      var rotation = new Rotation(Optional.of(forged), Optional.empty());
      Cmk altered = genuine.toBuilder().rotation(rotation).build();
      assertThat(new CmkMac(keys.keks).isIntact(new StoredCmk(altered, mac))).isFalse();
    }
    assertThat(new CmkMac(keys.keks).isIntact(new StoredCmk(genuine, mac))).isTrue();
  }

  @Test
  void rotationThatFailsLeavesTheKeyAsItWas() {
    KeyId id = keys.enabled(KeySpec.AES_256);
    byte[] sealed = seal(id, "before");
    Cmk before = keys.load(id);
    var rotations =
        new Rotations(
            keys.vaultThatStoresNoMaterial(), keys.keyring, keys.generator, keys.clock, cmk -> cmk);

    assertThatThrownBy(() -> rotations.rotate(keys.project, id))
        .isInstanceOf(FailingMaterial.Failure.class);

    keys.keyring.invalidate(id);
    assertThat(keys.load(id)).isEqualTo(before);
    assertThat(open(id, 0, sealed)).isEqualTo("before");
  }

  private KeyId automatic(int days) {
    KeyId id = keys.enabled(KeySpec.AES_256);
    keys.vault.change(keys.project, id, cmk -> cmk.rotationEnabled(keys.clock.instant(), days));
    return id;
  }

  private byte[] seal(KeyId id, String text) {
    try (OpenKey key = keys.keyring.open(keys.project, id, Use.WRAP)) {
      return key.currentAead().seal(text.getBytes(StandardCharsets.UTF_8), AAD);
    }
  }

  private String open(KeyId id, int version, byte[] sealed) {
    try (OpenKey key = keys.keyring.open(keys.project, id, Use.WRAP)) {
      return key.aead(version)
          .orElseThrow()
          .open(sealed, AAD)
          .map(text -> text.lend(bytes -> new String(bytes, StandardCharsets.UTF_8)))
          .orElse("does not open");
    }
  }
}
