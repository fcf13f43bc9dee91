package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.error.AlteredException;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.TagFilter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody who can write to the database can do: nothing that goes unseen.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
final class TamperingTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F8 edited rows",
          "rows of keys edited, exchanged, moved and rolled back behind the keyring");

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

  /// Gives a column something else, whatever it has and whatever type it is of.
  private int editColumn(String table, String column, String where) throws SQLException {
    return store.edit(
        """
        UPDATE %1$s SET %2$s = CASE typeof(%2$s)
          WHEN 'text' THEN %2$s || '1'
          WHEN 'blob' THEN %2$s || x'00'
          WHEN 'null' THEN 1
          ELSE %2$s + 1 END
        WHERE %3$s
        """
            .formatted(table, column, where));
  }

  /// Of the table as it is, so that a new column is in the list.
  @Test
  void noColumnOfAKeyCanBeEdited() throws SQLException {
    for (String column : store.columns("cmk")) {
      Cmk edited = store.create(KeySpec.AES_256);
      assertThat(editColumn("cmk", column, "id = '" + edited.id() + "'")).isEqualTo(1);

      assertThat(catchThrowable(() -> store.vault.load(store.project, edited.id())))
          .describedAs(column)
          .isNotNull()
          .satisfies(refusal -> isNoticed(refusal, column, "id", "project_id"));
      assertThat(store.vault.page(store.project, KeyFilter.ALL, 0, 100))
          .describedAs(column)
          .isEmpty();
      store.edit("DELETE FROM cmk");
    }
  }

  /// Whoever looks a row up by a column that is another now does not find it.
  private static void isNoticed(Throwable refusal, String column, String... lookedUpBy) {
    if (!List.of(lookedUpBy).contains(column)) {
      assertThat(refusal).isInstanceOf(AlteredException.class);
    }
  }

  @Test
  void noColumnOfAnAliasCanBeEdited() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    for (String column : store.columns("cmk_alias")) {
      AliasName name = AliasName.find(column).orElseThrow();
      store.aliases.create(store.project, cmk.id(), name, TestVault.NOW);
      assertThat(editColumn("cmk_alias", column, "name = '" + column + "'")).isEqualTo(1);

      if (List.of("domain_id", "name").contains(column)) { // by which it is looked up
        assertThat(store.aliases.resolve(store.domain, name)).isEmpty();
      } else {
        assertThatThrownBy(() -> store.aliases.resolve(store.domain, name))
            .describedAs(column)
            .isInstanceOf(AlteredException.class);
      }
      assertThat(store.aliases.page(store.project, Optional.empty(), "", 100))
          .describedAs(column)
          .isEmpty();
      store.edit("DELETE FROM cmk_alias");
    }
  }

  /// Pages are filled from behind the rows that can't be shown, whatever is wrong with them.
  @Test
  void aliasesThatDoNotParseHideNoOthers() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    for (String name : List.of("a", "b", "c", "d", "e")) {
      store.aliases.create(
          store.project, cmk.id(), AliasName.find(name).orElseThrow(), TestVault.NOW);
    }
    store.edit("UPDATE cmk_alias SET domain_id = 'nowhere' WHERE name IN ('a', 'b', 'd')");

    assertThat(store.aliases.page(store.project, Optional.of(cmk.id()), "", 1))
        .extracting(alias -> alias.name().text())
        .containsExactly("c");
    assertThat(store.aliases.page(store.project, Optional.empty(), "", 2))
        .extracting(alias -> alias.name().text())
        .containsExactly("c", "e");
    assertThat(store.aliases.page(store.project, Optional.empty(), "c", 2))
        .extracting(alias -> alias.name().text())
        .containsExactly("e");
  }

  @Test
  void noColumnOfAGrantCanBeEdited() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    var owner = new GrantVault.Party(store.project, "owner", store.domain.text());
    for (String column : store.columns("cmk_grant")) {
      String grant = grant(owner, cmk, "0a".repeat(16));
      assertThat(editColumn("cmk_grant", column, "id = '" + grant + "'")).isEqualTo(1);

      assertThat(catchThrowable(() -> store.grants.revoke(owner, cmk.id(), grant)))
          .describedAs(column)
          .isNotNull()
          .satisfies(refusal -> isNoticed(refusal, column, "id", "key_id", "project_id"));
      assertThat(store.grants.page(store.project, cmk.id(), 0, 100).grants())
          .describedAs(column)
          .isEmpty();
      store.edit("DELETE FROM cmk_grant");
    }
  }

  private String grant(GrantVault.Party owner, Cmk cmk, String grantee) {
    return store
        .grants
        .create(
            owner,
            new GrantVault.Wish(
                cmk.id(),
                "",
                new Grantee(Grantee.Type.USER, grantee),
                Set.of(GrantOperation.ENCRYPT_DATA),
                ""),
            TestVault.NOW,
            100)
        .id();
  }

  @Test
  void missingEarlierMaterialIsNotTakenForAForgedCiphertext() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    var rotations =
        new Rotations(store.vault, keyring, store.generator, () -> TestVault.NOW, key -> key);
    rotations.rotate(store.project, cmk.id());
    rotations.rotate(store.project, cmk.id());
    store.edit("DELETE FROM cmk_material WHERE version = 1 AND key_id = '" + cmk.id() + "'");

    try (OpenKey open = keyring.open(store.project, cmk.id(), Use.WRAP)) {
      assertThat(open.aead(0)).isPresent();
      assertThatThrownBy(() -> open.aead(1))
          .isInstanceOf(IntegrityException.class)
          .hasMessageContaining("version 1");
      assertThat(open.aead(2)).isPresent();
      assertThat(open.aead(3)).isEmpty(); // never was
    }
  }

  /// Of a key that is gone meanwhile nothing is missing.
  @Test
  void earlierMaterialOfAKeyThatWasDestroyedInBetweenIsNoAlteration() {
    Cmk cmk = store.create(KeySpec.AES_256);
    new Rotations(store.vault, keyring, store.generator, () -> TestVault.NOW, key -> key)
        .rotate(store.project, cmk.id());
    try (OpenKey open = keyring.open(store.project, cmk.id(), Use.WRAP)) {
      store.vault.change(
          store.project, cmk.id(), key -> key.deletionScheduled(TestVault.NOW, Duration.ofDays(7)));
      assertThat(keyring.destroyDueKeys()).isEqualTo(1);
      assertThat(open.aead(0)).isEmpty();
    }
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

  @ParameterizedTest
  @ValueSource(strings = {"state = '3'", "spec = 'AES_512'", "mac = x'00'", "region_work = 1"})
  void anEditedKeyIsNotListedAndHidesNoOther(String edit) throws SQLException {
    Cmk first = store.create(KeySpec.AES_256);
    Cmk edited = store.create(KeySpec.AES_256);
    Cmk last = store.create(KeySpec.AES_256);
    store.edit("UPDATE cmk SET " + edit + " WHERE id = '" + edited.id() + "'");

    assertThat(store.vault.page(store.project, KeyFilter.ALL, 0, 10))
        .extracting(Cmk::id)
        .containsExactlyInAnyOrder(first.id(), last.id());
    assertThat(
            store
                .tags
                .search(store.project, new TagFilter(List.of(), Optional.empty()), 0, 10)
                .keys())
        .hasSize(2);
    assertThatThrownBy(() -> store.vault.load(store.project, edited.id()))
        .isInstanceOf(AlteredException.class);
  }

  @Test
  void anEditedAliasIsNotListedAndHidesNoOther() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    for (String name : List.of("a", "b", "c")) {
      store.aliases.create(
          store.project, cmk.id(), AliasName.find(name).orElseThrow(), TestVault.NOW);
    }
    store.edit("UPDATE cmk_alias SET created_at = 1 WHERE name = 'b'");

    assertThat(store.aliases.page(store.project, Optional.empty(), "", 2))
        .extracting(alias -> alias.name().text())
        .containsExactly("a", "c"); // a short page would be taken for the last one
    AliasName edited = AliasName.find("b").orElseThrow();
    assertThatThrownBy(() -> store.aliases.resolve(store.domain, edited))
        .isInstanceOf(AlteredException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"operations = 'decrypt-data'", "operations = 'everything'"})
  void anEditedGrantIsNotListedAndHidesNoOther(String edit) throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    var owner = new GrantVault.Party(store.project, "owner", store.domain.text());
    List<String> ids =
        Stream.of("0a", "0b", "0c").map(user -> grant(owner, cmk, user.repeat(16))).toList();
    store.edit("UPDATE cmk_grant SET " + edit + " WHERE id = '" + ids.get(1) + "'");

    assertThat(store.grants.page(store.project, cmk.id(), 0, 10).grants())
        .extracting(Grant::id)
        .containsExactlyInAnyOrder(ids.get(0), ids.get(2));
    assertThatThrownBy(() -> store.grants.revoke(owner, cmk.id(), ids.get(1)))
        .isInstanceOf(AlteredException.class);
  }

  /// Both keys are sound; what is exchanged is not theirs.
  @Test
  void rowsExchangedBetweenKeysOpenNeither() throws SQLException {
    Cmk first = store.create(KeySpec.AES_256);
    Cmk second = store.create(KeySpec.AES_256);

    for (String swap :
        List.of(
            "UPDATE cmk_material SET key_id = CASE key_id WHEN '%1$s' THEN 'x' ELSE '%1$s' END"
                + " WHERE key_id IN ('%1$s', '%2$s')",
            "UPDATE cmk_material SET key_id = '%2$s' WHERE key_id = 'x'")) {
      store.edit(swap.formatted(first.id(), second.id()));
    }
    for (Cmk cmk : List.of(first, second)) {
      assertThatThrownBy(() -> keyring.open(store.project, cmk.id(), Use.WRAP))
          .isInstanceOf(IntegrityException.class);
    }
  }

  /// A whole row of an earlier time is not told from the present one by its MAC; its columns are.
  @Test
  void aColumnRolledBackIsRefused() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    store.vault.change(store.project, cmk.id(), Cmk::disabled);
    store.edit("UPDATE cmk SET state = '2' WHERE id = '" + cmk.id() + "'");
    assertThatThrownBy(() -> keyring.open(store.project, cmk.id(), Use.WRAP))
        .isInstanceOf(IntegrityException.class);
  }

  @Test
  void materialRolledBackIsRefused() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    store.edit("UPDATE cmk_material SET version = 1 WHERE key_id = '" + cmk.id() + "'");
    store.edit("UPDATE cmk SET current_version = 1 WHERE id = '" + cmk.id() + "'");
    assertThatThrownBy(() -> keyring.open(store.project, cmk.id(), Use.WRAP))
        .isInstanceOf(IntegrityException.class);
  }
}
