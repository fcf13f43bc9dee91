package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.PasswordHash;
import dev.keyhold.iam.User;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.Alias;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkBuilder;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.Keystore;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredAlias;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredGrant;
import dev.keyhold.key.StoredKeystore;
import dev.keyhold.seal.TestKeks;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What two nodes do at once and must not both count, or look at, before the other's change is
/// there. One is held up before its commit, until the other waits for it or is done.
class PostgresHoldTest extends PostgresNodes {
  private static final Instant T0 = Instant.parse("2026-02-03T04:05:06.789Z");
  private static final Bytes MAC = Bytes.owning(new byte[36]);
  private static final IdentityMac IDENTITY = new IdentityMac(TestKeks.inMemory());

  private final DomainId domain = DomainId.random();
  private final ProjectId project = ProjectId.random();
  private PostgresDatabase one;
  private PostgresDatabase two;

  @BeforeEach
  void nodes() {
    one = store.database();
    two = anotherNode();
    new SqlIamRepository(one, IDENTITY).insert(new Domain(domain, new Name("acme")));
  }

  /// @return what became of `second`
  private <T> T race(Runnable first, Callable<T> second) throws Exception {
    Future<T> running =
        one.write(() -> {
          first.run();
          Future<T> started = threads.submit(second);
          while (!started.isDone() && !waits()) {
            Thread.onSpinWait();
          }
          return started;
        });
    return running.get();
  }

  private boolean waits() {
    return !postgres
        .value(
            store.url(),
            "SELECT COUNT(*) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
        .equals("0");
  }

  private static Callable<Boolean> done(Runnable work) {
    return () -> {
      work.run();
      return true;
    };
  }

  private StoredCmk key(UnaryOperator<CmkBuilder> what) {
    KeyId id = KeyId.random();
    var key = Cmk.fresh(id, project, domain, new KeyName(id.text()), KeySpec.AES_256, T0);
    return new StoredCmk(what.apply(key).build(), MAC);
  }

  private StoredKeystore keystore(String name) {
    return new StoredKeystore(
        new Keystore(KeystoreId.random(), domain, new AliasName(name), "hsm", true, T0, MAC), MAC);
  }

  @Test
  void noDomainGetsMoreKeystoresThanAllowed() {
    assertThatThrownBy(() ->
            race(
                () -> new SqlKeystoreRepository(one).insert(keystore("a"), 1),
                done(() -> new SqlKeystoreRepository(two).insert(keystore("b"), 1))))
        .hasMessageContaining("at most 1 keystores");
    assertThat(new SqlKeystoreRepository(one).count(domain)).isEqualTo(1);
  }

  @Test
  void aKeystoreIsNotDeletedUnderAKeyThatIsBeingMade() throws Exception {
    var keystores = new SqlKeystoreRepository(one);
    StoredKeystore keystore = keystore("a");
    KeystoreId id = keystore.keystore().id();
    keystores.insert(keystore, 1);
    boolean deleted =
        race(
            () -> {
              assertThat(keystores.hold(id)).isTrue();
              new SqlCmkRepository(one).insert(key(it -> it.keystore(id)), Optional.empty(), 9);
            },
            () -> new SqlKeystoreRepository(two).deleteEmpty(id));
    assertThat(deleted).isFalse();
    assertThat(keystores.find(id)).isPresent();
  }

  @Test
  void noKeyGetsMoreAliasesThanAllowed() {
    StoredCmk key = key(it -> it);
    new SqlCmkRepository(one).insert(key, Optional.empty(), 9);
    assertThatThrownBy(() ->
            race(
                () -> new SqlAliasRepository(one).insert(alias(key, "a"), 1),
                done(() -> new SqlAliasRepository(two).insert(alias(key, "b"), 1))))
        .hasMessageContaining("at most 1 aliases");
  }

  private static StoredAlias alias(StoredCmk key, String name) {
    Cmk cmk = key.cmk();
    return new StoredAlias(
        new Alias(cmk.domain(), new AliasName(name), cmk.project(), cmk.id(), T0, T0), MAC);
  }

  @Test
  void noKeyGetsMoreGrantsThanAllowed() {
    StoredCmk key = key(it -> it);
    new SqlCmkRepository(one).insert(key, Optional.empty(), 9);
    assertThatThrownBy(() ->
            race(
                () -> new SqlGrantRepository(one).insert(grant(key, "a"), 1, 9),
                done(() -> new SqlGrantRepository(two).insert(grant(key, "b"), 1, 9))))
        .hasMessageContaining("at most 1 grants");
  }

  private static StoredGrant grant(StoredCmk key, String id) {
    var grantee = new Grantee(Grantee.Type.USER, id);
    Set<GrantOperation> operations = Set.of(GrantOperation.values());
    return new StoredGrant(
        new Grant(id, key.cmk().id(), key.cmk().project(), "", grantee, operations, "i", "", T0),
        MAC);
  }

  @Test
  void whoIsDisabledBesideAPasswordChangeHasTheNewPasswordAndIsDisabled() throws Exception {
    var iam = new SqlIamRepository(one, IDENTITY);
    var before = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGE");
    var after = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGF");
    UserId id = UserId.random();
    iam.insert(new User(id, domain, new Name("alice"), before, 0, true));
    boolean disabled =
        race(
            () -> assertThat(iam.updatePassword(id, after)).isTrue(),
            () -> new SqlIamRepository(two, IDENTITY).disableUser(id));
    assertThat(disabled).isTrue();
    User now = iam.user(id).orElseThrow();
    assertThat(now.password()).isEqualTo(after);
    assertThat(now.enabled()).isFalse();
    assertThat(now.credentialEpoch()).isEqualTo(2);
  }
}
