package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.Blocking;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.HexId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.GrantVault.Party;
import dev.keyhold.keyring.GrantVault.Wish;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may do what is shown by the client tests; here is what a caller can't see.
final class GrantVaultTest {
  private static final String THIEF = "0123456789abcdef0123456789abcdef";

  @TempDir Path folder;
  private TestVault store;
  private Cmk key;
  private Party owner;
  private final Party guest =
      new Party(ProjectId.random(), HexId.random(), DomainId.random().text());

  @BeforeEach
  void open() {
    store = new TestVault(folder);
    key = store.create(KeySpec.AES_256);
    owner = new Party(store.project, HexId.random(), store.domain.text());
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void whoHoldsWhatIsKnownWithoutWaiting() {
    Blocking.forbidden(
        () -> assertThatThrownBy(() -> granting(guest)).isInstanceOf(Blocking.WouldBlock.class));
    assertThat(granting(guest)).isEmpty();
    Blocking.forbidden(() -> assertThat(granting(guest)).isEmpty());

    Grant grant = granted(guest.user());
    assertThat(granting(guest)).contains(store.project);
    Blocking.forbidden(() -> assertThat(granting(guest)).contains(store.project));

    store.grants.revoke(owner, key.id(), grant.id());
    assertThat(granting(guest)).isEmpty();
  }

  @Test
  void retiredGrantIsOverAtOnce() {
    Grant grant = granted(guest.user());
    assertThat(granting(guest)).isPresent();
    store.grants.retire(owner, key.id(), grant.id());
    assertThat(granting(guest)).isEmpty();
  }

  @Test
  void oneOfSeveralGrantsGoesAndTheOthersStay() {
    Grant first = granted(guest.user());
    granted(guest.user());
    store.grants.revoke(owner, key.id(), first.id());
    assertThat(granting(guest)).contains(store.project);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grantee = '" + THIEF + "'",
        "grantee_type = 'domain', grantee = '" + THIEF + "'",
        "operations = 'decrypt-datakey,encrypt-datakey', grantee = '" + THIEF + "'",
      })
  void anEditedGrantIsRefused(String edit) throws SQLException {
    granted(guest.user());
    assertThat(store.edit("UPDATE cmk_grant SET " + edit)).isEqualTo(1);
    var thief = new Party(ProjectId.random(), THIEF, THIEF);
    assertThatThrownBy(() -> granting(thief)).isInstanceOf(IntegrityException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "operations = 'decrypt-datakey,encrypt-datakey'",
        "id = '" + THIEF + THIEF + "'",
        "name = 'x'",
        "issuer = '" + THIEF + "'",
        "retiring = '" + THIEF + "'",
        "created_at = created_at + 1",
        "project_id = '" + THIEF + "'",
      })
  void anEditedColumnIsRefused(String edit) throws SQLException {
    granted(guest.user());
    assertThat(store.edit("UPDATE cmk_grant SET " + edit)).isEqualTo(1);
    assertThatThrownBy(() -> granting(guest)).isInstanceOf(IntegrityException.class);
  }

  @Test
  void aGrantMovedToAnotherKeyIsRefused() throws SQLException {
    granted(guest.user());
    Cmk other = store.create(KeySpec.AES_256);
    store.edit("UPDATE cmk_grant SET key_id = '" + other.id() + "'");
    assertThatThrownBy(
            () -> store.grants.projectGranting(guest, other.id(), GrantOperation.ENCRYPT_DATAKEY))
        .isInstanceOf(IntegrityException.class);
  }

  private Grant granted(String user) {
    var wish =
        new Wish(
            key.id(),
            "",
            new Grantee(Grantee.Type.USER, user),
            Set.of(GrantOperation.ENCRYPT_DATAKEY),
            "");
    return store.grants.create(owner, wish, TestVault.NOW, 100);
  }

  private Optional<ProjectId> granting(Party party) {
    return store.grants.projectGranting(party, key.id(), GrantOperation.ENCRYPT_DATAKEY);
  }
}
