package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody who can write to the database can do: nothing that goes unseen.
final class TamperingTest {
  @TempDir Path folder;
  private TestVault store;
  private Keyring keyring;

  @BeforeEach
  void open() {
    store = new TestVault(folder);
    keyring = new Keyring(store.vault, () -> TestVault.NOW.plus(Duration.ofDays(30)), 100);
  }

  @AfterEach
  void close() {
    keyring.close();
    store.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name = 'another'",
        "spec = 'SM4'",
        "key_usage = 'SIGN_VERIFY'",
        "origin = 'EXTERNAL'",
        "state = '3'",
        "description = 'edited'",
        "created_at = created_at + 1",
        "enterprise_project = '0d0466b0-e727-4d9c-b35d-f84bb474a37f'",
        "keystore = '1'",
        "default_key = 1",
        "current_version = 1",
        "rotation_days = 30, rotation_next = 1",
        "rotated_at = 1",
        "import_versions = x''",
        "import_expires_at = 1",
        "region_role = 'PRIMARY', region_primary = 'x', region_epoch = 1, region_replicas = ''",
        "region_role = 'REPLICA'",
        "region_staged = 1",
        "revision = revision + 1",
        "domain_id = '0123456789abcdef0123456789abcdef'",
      })
  void anEditedColumnIsRefusedAndOtherKeysAreNot(String edit) throws SQLException {
    Cmk edited = store.create(KeySpec.AES_256);
    Cmk other = store.create(KeySpec.AES_256);

    assertThat(store.edit("UPDATE cmk SET " + edit + " WHERE id = '" + edited.id() + "'"))
        .isEqualTo(1);

    assertThatThrownBy(() -> store.vault.load(store.project, edited.id()))
        .isInstanceOf(RuntimeException.class)
        .isNotInstanceOf(KmsException.Rejected.class);
    assertThatThrownBy(() -> keyring.open(store.project, edited.id(), Use.WRAP))
        .isInstanceOf(RuntimeException.class)
        .isNotInstanceOf(KmsException.Rejected.class);
    assertThatCode(() -> keyring.open(store.project, other.id(), Use.WRAP).close())
        .doesNotThrowAnyException();
  }

  @Test
  void aKeyMovedToAnotherProjectIsRefusedThere() throws SQLException {
    Cmk victim = store.create(KeySpec.AES_256);
    var thief = ProjectId.random();
    store.create(thief, KeySpec.AES_256, KeySpec.AES_256.defaultUsage());

    store.edit("UPDATE cmk SET project_id = '" + thief + "' WHERE id = '" + victim.id() + "'");

    assertThatThrownBy(() -> keyring.open(thief, victim.id(), Use.WRAP))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void materialMovedToAnotherKeyIsRefused() throws SQLException {
    Cmk first = store.create(KeySpec.AES_256);
    Cmk second = store.create(KeySpec.AES_256);

    store.edit(
        "UPDATE cmk_material SET wrapped = (SELECT wrapped FROM cmk_material WHERE key_id = '"
            + first.id()
            + "') WHERE key_id = '"
            + second.id()
            + "'");

    assertThatThrownBy(() -> keyring.open(store.project, second.id(), Use.WRAP))
        .isInstanceOf(IntegrityException.class)
        .hasMessageContaining(second.id().text());
    assertThatCode(() -> keyring.open(store.project, first.id(), Use.WRAP).close())
        .doesNotThrowAnyException();
  }

  @Test
  void missingMaterialIsReportedNotServed() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    store.edit("DELETE FROM cmk_material WHERE key_id = '" + cmk.id() + "'");
    assertThatThrownBy(() -> keyring.open(store.project, cmk.id(), Use.WRAP))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void anEditedDateDoesNotBringADeletionForward() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    store.vault.change(
        store.project,
        cmk.id(),
        key -> key.deletionScheduled(TestVault.NOW, Duration.ofDays(1000)));

    store.edit("UPDATE cmk SET delete_at = 1 WHERE id = '" + cmk.id() + "'");

    assertThat(keyring.destroyDueKeys()).isZero();
    assertThat(store.vault.count(store.project, KeyFilter.ALL)).isEqualTo(1);
  }

  @Test
  void anEditedKeyIsNotListedAsIfItWereSound() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    store.edit("UPDATE cmk SET state = '3' WHERE id = '" + cmk.id() + "'");
    assertThatThrownBy(() -> store.vault.page(store.project, KeyFilter.ALL, 0, 10))
        .isInstanceOf(IntegrityException.class);
  }
}
