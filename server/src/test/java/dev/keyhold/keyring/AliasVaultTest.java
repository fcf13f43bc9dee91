package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.Blocking;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeySpec;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AliasVaultTest {
  private static final AliasName NAME = new AliasName("payroll");

  @TempDir Path folder;
  private TestVault store;
  private Cmk key;

  @BeforeEach
  void open() {
    store = new TestVault(folder);
    key = store.create(KeySpec.AES_256);
    store.aliases.create(store.project, key.id(), NAME, TestVault.NOW);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void knownAliasIsResolvedWithoutWaiting() {
    Blocking.forbidden(() ->
        assertThatThrownBy(() -> store.aliases.resolve(store.domain, NAME))
            .isInstanceOf(Blocking.WouldBlock.class));
    assertThat(store.aliases.resolve(store.domain, NAME)).contains(key.id());
    Blocking.forbidden(
        () -> assertThat(store.aliases.resolve(store.domain, NAME)).contains(key.id()));
    assertThat(store.aliases.resolve(DomainId.random(), NAME)).isEmpty();
  }

  @Test
  void changesAreInForceAtOnce() {
    Cmk other = store.create(KeySpec.AES_256);
    assertThat(store.aliases.resolve(store.domain, NAME)).contains(key.id());

    store.aliases.associate(store.domain, store.project, NAME, other.id(), TestVault.NOW);
    assertThat(store.aliases.resolve(store.domain, NAME)).contains(other.id());

    store.aliases.delete(store.project, other.id(), List.of(NAME));
    assertThat(store.aliases.resolve(store.domain, NAME)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "key_id = '0d0466b0-e727-4d9c-b35d-f84bb474a37f'",
        "name = 'payslip'",
        "domain_id = '0123456789abcdef0123456789abcdef'",
        "project_id = '0123456789abcdef0123456789abcdef'",
        "created_at = created_at + 1",
        "updated_at = updated_at + 1",
      })
  void anEditedAliasIsRefused(String edit) throws SQLException {
    assertThat(store.edit("UPDATE cmk_alias SET " + edit)).isEqualTo(1);

    for (String domain : List.of(store.domain.text(), "0123456789abcdef0123456789abcdef")) {
      for (String name : List.of("payroll", "payslip")) {
        assertThat(resolvedTo(new DomainId(domain), new AliasName(name))).isEmpty();
      }
    }
  }

  /// Empty when refused or absent.
  private Optional<?> resolvedTo(DomainId domain, AliasName name) {
    try {
      return store.aliases.resolve(domain, name);
    } catch (IntegrityException _) {
      return Optional.empty();
    }
  }

  @Test
  void anAliasPointedElsewhereIsReportedNotServed() throws SQLException {
    Cmk other = store.create(KeySpec.AES_256);
    store.edit("UPDATE cmk_alias SET key_id = '" + other.id() + "'");
    assertThatThrownBy(() -> store.aliases.resolve(store.domain, NAME))
        .isInstanceOf(IntegrityException.class);
    assertThat(store.aliases.page(store.project, Optional.empty(), "", 10)).isEmpty();
  }
}
