package dev.keyhold.store;

import static dev.keyhold.store.CmkContract.assertRejected;
import static dev.keyhold.store.CmkContract.atOnce;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.audit.AuditEntry;
import dev.keyhold.audit.AuditNode;
import dev.keyhold.audit.AuditScope;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Keystore;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.KeystoreRepository;
import dev.keyhold.key.StoredKeystore;
import dev.keyhold.seal.TestKeks;
import java.time.InstantSource;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every keystore repository does, whatever database is under it.
abstract class KeystoreRepositoryContract extends BelongingsContract {
  private static final int MOST = 3;

  @BeforeEach
  void insertDomain() {
    new SqlIamRepository(transactions(), new IdentityMac(TestKeks.inMemory()))
        .insert(new Domain(domain, new Name("acme")));
  }

  private KeystoreRepository keystores() {
    return new SqlKeystoreRepository(transactions());
  }

  private KeystoreId inserted(String name) {
    var id = KeystoreId.random();
    keystores()
        .insert(
            new StoredKeystore(
                new Keystore(id, domain, new AliasName(name), "hsm", true, T0, MAC), MAC),
            MOST);
    return id;
  }

  @Test
  void aNameIsTakenOnce() {
    inserted("a");
    assertRejected(KmsError.KEYSTORE_NAME_IN_USE, () -> inserted("a"));
    assertRejected(
        KmsError.KEYSTORE_NAME_IN_USE,
        () -> keystores().requireRoom(domain, new AliasName("a"), MOST));
    keystores().requireRoom(domain, new AliasName("b"), MOST);
  }

  @Test
  void racingCallersDoNotExceedTheLimit() throws Exception {
    var number = new AtomicInteger();
    var made =
        atOnce(
            12,
            () -> {
              try {
                inserted("n" + number.incrementAndGet());
                return 1;
              } catch (KmsException.Rejected _) {
                return 0;
              }
            });
    assertThat(Collections.frequency(made, 1)).isEqualTo(MOST);
    assertRejected(
        KmsError.INVALID_PARAMETER,
        () -> keystores().requireRoom(domain, new AliasName("b"), MOST));
  }

  /// Who is refused has changed nothing, and is on record as refused alone.
  @Test
  void aDeletionThatIsRefusedIsNoChange() {
    KeystoreId used = inserted("used");
    transactions()
        .change(session ->
            session.update(
                "UPDATE cmk SET keystore = ? WHERE id = ?", used.text(), newKey().text()));
    AuditEntry entry = entry();
    assertThat(AuditScope.of(entry, () -> keystores().deleteEmpty(used))).isFalse();
    assertThat(entry.isCommitted()).isFalse();

    KeystoreId empty = inserted("empty");
    AuditEntry deletion = entry();
    assertThat(AuditScope.of(deletion, () -> keystores().deleteEmpty(empty))).isTrue();
    assertThat(deletion.isCommitted()).isTrue();
  }

  /// A key that was never made is not what a call is about.
  @Test
  void aKeyThatIsRefusedIsNotOnRecord() {
    var first = newKey("name");
    AuditEntry entry = entry();
    assertRejected(KmsError.ALIAS_IN_USE, () -> AuditScope.of(entry, () -> newKey("name")));
    entry.key(first.text());
    assertThat(entry.record().record()).contains(first.text());
  }

  @Test
  void aKeyBeyondTheQuotaIsNotOnRecordEither() {
    AuditEntry entry = entry();
    assertRejected(
        KmsError.KEY_QUOTA_REACHED, () -> AuditScope.of(entry, () -> newKey("beyond", 0)));
    assertThat(entry.record().record()).doesNotContain("key_id");
  }

  private static AuditEntry entry() {
    return AuditEntry.ofCall(
        new AuditNode("node", InstantSource.system()), "0".repeat(32), "127.0.0.1", "call", 200);
  }
}
