package dev.keyhold.store;

import static dev.keyhold.store.CmkContract.assertRejected;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredGrant;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What every grant repository does, whatever database is under it.
abstract class GrantRepositoryContract extends BelongingsContract {
  private static final int MOST = 4;
  private static final int MOST_OF_GRANTEE = 2;
  private static final Grantee USER = new Grantee(Grantee.Type.USER, "u1");
  private static final Grantee DOMAIN = new Grantee(Grantee.Type.DOMAIN, "d1");

  private int grants;

  final GrantRepository grants() {
    return new SqlGrantRepository(store().database());
  }

  @Test
  void storedGrantComesBackAsItWasAfterARestartToo() {
    StoredGrant grant =
        inserted(
            newKey(), USER, "me", "you", GrantOperation.CREATE_GRANT, GrantOperation.DESCRIBE_KEY);
    store().reopen();
    assertThat(grants().find(grant.grant().id())).contains(grant);
    assertThat(grants().find("unknown")).isEmpty();
  }

  @Test
  void heldIsWhatTheGranteeHasOnThatKey() {
    KeyId key = newKey();
    StoredGrant ofUser = inserted(key, USER);
    StoredGrant ofDomain = inserted(key, DOMAIN);
    inserted(newKey(), USER);
    assertThat(grants().held(key, USER)).containsExactly(ofUser);
    assertThat(grants().held(key, DOMAIN)).containsExactly(ofDomain);
    assertThat(grants().held(key, new Grantee(Grantee.Type.DOMAIN, "u1"))).isEmpty();
  }

  @Test
  void limitsHold() {
    KeyId key = newKey();
    inserted(key, USER);
    inserted(key, USER);
    assertRejected(KmsError.TOO_MANY_GRANTS_OF_PRINCIPAL, () -> inserted(key, USER));
    inserted(key, DOMAIN);
    inserted(key, DOMAIN);
    assertRejected(
        KmsError.TOO_MANY_GRANTS, () -> inserted(key, new Grantee(Grantee.Type.USER, "u2")));
    inserted(newKey(), USER);
    assertThat(grants().count(key)).isEqualTo(4);
    assertThat(grants().mostOnOneKey(project)).isEqualTo(4);
    assertThat(grants().mostOnOneKey(ProjectId.random())).isZero();
    assertRejected(KmsError.KEY_NOT_FOUND, () -> inserted(KeyId.random(), USER));
  }

  @Test
  void pagesAreInOrderOfAge() {
    KeyId key = newKey();
    StoredGrant first = inserted(key, USER);
    StoredGrant second = inserted(key, DOMAIN);
    StoredGrant third = inserted(key, USER);
    assertThat(grants().page(key, 0, 10)).containsExactly(first, second, third);
    assertThat(grants().page(key, 1, 1)).containsExactly(second);
  }

  @Test
  void retirableAreThoseThatTheGrantItselfCallsSo() {
    KeyId key = newKey();
    StoredGrant issued = inserted(key, USER, "me", "");
    StoredGrant named = inserted(key, DOMAIN, "x", "me");
    StoredGrant held =
        inserted(
            newKey(), new Grantee(Grantee.Type.USER, "me"), "x", "", GrantOperation.RETIRE_GRANT);
    StoredGrant ofDomain =
        inserted(
            newKey(), DOMAIN, "x", "", GrantOperation.RETIRE_GRANT, GrantOperation.DESCRIBE_KEY);
    inserted(newKey(), new Grantee(Grantee.Type.USER, "me"), "x", "");
    inserted(newKey(), new Grantee(Grantee.Type.USER, "d1"), "x", "", GrantOperation.RETIRE_GRANT);

    assertThat(grants().retirable("me", "d1", 0, 10))
        .containsExactly(issued, named, held, ofDomain)
        .allMatch(stored -> stored.grant().mayBeRetiredBy("me", "d1"));
    assertThat(grants().countRetirable("me", "d1")).isEqualTo(4);
    assertThat(grants().retirable("me", "d1", 3, 10)).containsExactly(ofDomain);
  }

  @Test
  void deletedGrantIsGone() {
    StoredGrant grant = inserted(newKey(), USER);
    assertThat(grants().delete(grant.grant().id())).isTrue();
    assertThat(grants().delete(grant.grant().id())).isFalse();
    assertThat(grants().held(grant.grant().key(), USER)).isEmpty();
  }

  @Test
  void destroyedKeyTakesItsGrantsAlong() {
    KeyId key = newKey();
    StoredGrant grant = inserted(key, USER);
    assertThat(cmks().destroy(key, 1)).isTrue();
    assertThat(grants().find(grant.grant().id())).isEmpty();
  }

  private StoredGrant inserted(KeyId key, Grantee grantee) {
    return inserted(key, grantee, "issuer", "");
  }

  private StoredGrant inserted(
      KeyId key, Grantee grantee, String issuer, String retiring, GrantOperation... operations) {
    var grant =
        new Grant(
            "%064x".formatted(grants),
            key,
            project,
            "",
            grantee,
            operations.length == 0 ? Set.of(GrantOperation.ENCRYPT_DATA) : Set.of(operations),
            issuer,
            retiring,
            T0.plusMillis(grants++));
    var stored = new StoredGrant(grant, MAC);
    grants().insert(stored, MOST, MOST_OF_GRANTEE);
    return stored;
  }
}
