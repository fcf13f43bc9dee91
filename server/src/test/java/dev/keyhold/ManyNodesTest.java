package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Follower;
import dev.keyhold.feed.Freshness;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.AccessKeySecrets;
import dev.keyhold.iam.AccessKeys;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Tenancy;
import dev.keyhold.iam.UserId;
import dev.keyhold.iam.Users;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.keyring.DefaultKeys;
import dev.keyhold.keyring.GrantVault;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.keyring.RegionalMaterial;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.keyring.TestVault;
import dev.keyhold.keyring.Use;
import dev.keyhold.seal.TestKeks;
import dev.keyhold.store.SharedSqlite;
import dev.keyhold.store.SharedWork;
import dev.keyhold.store.SqlIamRepository;
import dev.keyhold.store.SqlKekRepository;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes on one store, each with its memory and its clock.
final class ManyNodesTest {
  private static final Duration MOST = Duration.ofSeconds(5);
  private static final Grantee GRANTEE = new Grantee(Grantee.Type.USER, "u1");

  private static final IdentityMac IDENTITIES = new IdentityMac(TestKeks.inMemory());

  @TempDir Path folder;
  private TestVault store;
  private long nanos = 1;
  private Node a;
  private Node b;

  /// All that a server keeps of the store.
  private final class Node implements AutoCloseable {
    final Freshness freshness = Freshness.within(MOST, () -> nanos);
    final TestVault at;
    final SharedWork shared;
    final Keyring keyring;
    final DefaultKeys defaultKeys;
    final Follower follower;
    Instant wall = Instant.now();

    Node(String name) {
      at = store.node(name, freshness);
      shared = new SharedWork(at.database, name);
      keyring = new Keyring(at.vault, new EarlierClock(() -> wall, shared), 100, freshness);
      defaultKeys = new DefaultKeys(at.vault, at.generator, () -> TestVault.NOW, freshness);
      var iam = new SqlIamRepository(at.database, IDENTITIES);
      var caches =
          Following.caches(
              keyring,
              at.keks,
              defaultKeys,
              at.keystores,
              at.grants,
              at.aliases,
              new Users(iam, freshness),
              new AccessKeys(iam, new NoSecrets(), freshness),
              new Tenancy(iam, freshness),
              new RootKeyWatch(at.seal, new SqlKekRepository(at.database), freshness));
      follower =
          new Follower(at.database.sharing().orElseThrow().feed(), caches, freshness, () -> nanos);
      follower.look();
    }

    /// The key of a service's for the project, made if need be.
    KeyId defaultKey() {
      return defaultKeys.find(store.domain, store.project, "obs/default").orElseThrow();
    }

    void use(Cmk cmk) {
      keyring.open(store.project, cmk.id(), Use.WRAP).close();
    }

    @Override
    public void close() {
      keyring.close();
      follower.close();
      at.generator.close();
    }
  }

  @BeforeEach
  void open() {
    store = new TestVault(folder);
    a = new Node("a");
    b = new Node("b");
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
    store.close();
  }

  @Test
  void aKeyThatIsDisabledOnOneNodeIsRefusedByTheOther() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    b.use(cmk);
    a.at.vault.change(store.project, cmk.id(), Cmk::disabled);
    b.follower.look();
    assertRejected(() -> b.use(cmk), KmsError.KEY_DISABLED);
  }

  @Test
  void aNodeThatHasNotHeardOfARotationOpensWhatWasEncryptedSince() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    b.use(cmk);
    new Rotations(a.at.vault, a.keyring, a.at.generator, Instant::now, it -> it)
        .rotate(store.project, cmk.id());

    try (OpenKey key = b.keyring.open(store.project, cmk.id(), Use.WRAP)) {
      assertThat(key.currentVersion()).isZero();
      assertThat(key.aead(1)).isPresent();
      assertThat(key.aead(2)).isEmpty();
    }
  }

  /// As after a failover to a copy that lagged: what is in memory is not in the store any more.
  @Test
  void nothingIsStoredUnderAKekThatTheStoreHasLost() throws Exception {
    a.at.create(KeySpec.AES_256);
    loseKeys();

    assertThatThrownBy(() -> a.at.create(KeySpec.AES_256)).isInstanceOf(Unavailable.class);
    Cmk anew = a.at.create(KeySpec.AES_256);
    b.use(anew);
    Cmk other = b.at.create(KeySpec.AES_256);
    a.use(other);
  }

  private void loseKeys() throws SQLException {
    store.edit("DELETE FROM cmk_material");
    store.edit("DELETE FROM cmk");
    store.edit("DELETE FROM kek WHERE scope LIKE '%" + store.project.text() + "%'");
  }

  @Test
  void nothingIsSignedUnderAKekThatTheStoreHasLost() throws Exception {
    a.at.create(KeySpec.AES_256);
    loseKeys();

    Cmk anew = b.at.create(KeySpec.AES_256);
    a.at.vault.change(store.project, anew.id(), Cmk::disabled);
    assertThat(b.at.vault.load(store.project, anew.id()).state())
        .isInstanceOf(KeyState.Disabled.class);
  }

  @Test
  void noBelongingIsSignedUnderAKekThatTheStoreHasLost() throws Exception {
    a.at.create(KeySpec.AES_256);
    loseKeys();

    Cmk anew = b.at.create(KeySpec.AES_256);
    var name = new AliasName("alias/anew");
    a.at.aliases.create(store.project, anew.id(), name, TestVault.NOW);
    grant(anew);
    assertThat(b.at.aliases.resolve(store.domain, name)).contains(anew.id());
    assertThat(granted(b, new GrantVault.Party(ProjectId.random(), "u1", "other"), anew)).isTrue();
  }

  @Test
  void aNodeThatUsedAKekThatTheStoreHasLostOpensWhatIsUnderTheOneThere() throws Exception {
    Cmk lost = a.at.create(KeySpec.AES_256);
    a.use(lost);
    loseKeys();

    a.use(b.at.create(KeySpec.AES_256));
  }

  /// That a key was made leaves no trace in the feed, so neither does its loss.
  @Test
  void aNodeThatIsConnectedAnewHasNoKeyThatTheStoreHasLost() throws Exception {
    Cmk lost = a.at.create(KeySpec.AES_256);
    KeyId lostDefault = a.defaultKey();
    a.use(lost);
    loseKeys();
    ((SharedSqlite) a.at.database).reconnect();
    a.follower.look();

    assertRejected(() -> a.use(lost), KmsError.KEY_NOT_FOUND);
    KeyId anew = a.defaultKey();
    assertThat(anew).isNotEqualTo(lostDefault);
    b.keyring.open(store.project, anew, Use.WRAP).close();
  }

  /// The key that it has in memory knows nothing of the other material.
  @Test
  void aNodeThatHasNotHeardOfAnImportOpensWhatWasEncryptedSince() {
    Cmk cmk = a.at.imported(KeySpec.AES_256, TestVault.NOW.plus(Duration.ofDays(36_500)));
    b.use(cmk);
    a.at.nextImported(cmk);
    new Rotations(a.at.vault, a.keyring, a.at.generator, Instant::now, it -> it)
        .rotate(store.project, cmk.id());

    try (OpenKey key = b.keyring.open(store.project, cmk.id(), Use.WRAP)) {
      assertThat(key.currentVersion()).isZero();
      assertThat(key.aead(1)).isPresent();
      assertThat(key.aead(2)).isEmpty();
    }
  }

  @Test
  void aScheduledDeletionReachesTheOtherNode() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    b.use(cmk);
    Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
    a.at.vault.change(
        store.project, cmk.id(), key -> key.deletionScheduled(now, Duration.ofDays(7)));
    b.follower.look();
    assertRejected(() -> b.use(cmk), KmsError.KEY_PENDING_DELETION);
  }

  @Test
  void aRevokedGrantIsGoneOnTheOtherNodeAndANewOneIsThere() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    var grantee = new GrantVault.Party(ProjectId.random(), "u1", "other");
    assertThat(granted(b, grantee, cmk)).isFalse();

    Grant made = grant(cmk);
    b.follower.look();
    assertThat(granted(b, grantee, cmk)).isTrue(); // that there was none is not remembered

    a.at.grants.revoke(owner(), cmk.id(), made.id());
    b.follower.look();
    assertThat(granted(b, grantee, cmk)).isFalse();
  }

  @Test
  void aKeyThatIsMadeAgainAsAReplicaHasNoGrantsOfBeforeOnTheOtherNodeEither() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    var grantee = new GrantVault.Party(ProjectId.random(), "u1", "other");
    grant(cmk);
    b.follower.look();
    assertThat(granted(b, grantee, cmk)).isTrue();
    var keys = new RegionalKeys(a.at.vault, a.keyring, a.at.grants, a.at.aliases);
    List<RegionalMaterial> materials = keys.export(cmk, 0);
    Cmk due =
        a.at.vault.change(
            store.project,
            cmk.id(),
            key -> key.deletionScheduled(Instant.EPOCH, Duration.ofDays(7)));
    assertThat(a.keyring.destroyDueKeys()).isEqualTo(1);
    Cmk replica =
        due.toBuilder()
            .state(new KeyState.Enabled())
            .regions(Optional.of(Regions.replicaOf("elsewhere", 0)))
            .revision(1)
            .build();
    keys.create(replica, materials, 10, () -> {});
    b.follower.look();
    assertThat(granted(b, grantee, cmk)).isFalse();
  }

  private GrantVault.Party owner() {
    return new GrantVault.Party(store.project, "owner", store.domain.text());
  }

  private Grant grant(Cmk cmk) {
    return a.at.grants.create(
        owner(),
        new GrantVault.Wish(cmk.id(), "", GRANTEE, Set.of(GrantOperation.CREATE_DATAKEY), ""),
        TestVault.NOW,
        10);
  }

  private static boolean granted(Node node, GrantVault.Party party, Cmk cmk) {
    return node.at
        .grants
        .projectGranting(party, cmk.id(), GrantOperation.CREATE_DATAKEY)
        .isPresent();
  }

  @Test
  void anAliasThatMovedStandsForTheOtherKeyEverywhere() {
    Cmk first = a.at.create(KeySpec.AES_256);
    Cmk second = a.at.create(KeySpec.AES_256);
    var name = new AliasName("alias/moving");
    a.at.aliases.create(store.project, first.id(), name, TestVault.NOW);
    assertThat(b.at.aliases.resolve(store.domain, name)).contains(first.id());
    a.at.aliases.associate(store.domain, store.project, name, second.id(), TestVault.NOW);
    b.follower.look();
    assertThat(b.at.aliases.resolve(store.domain, name)).contains(second.id());
    a.at.aliases.delete(store.project, second.id(), List.of(name));
    b.follower.look();
    assertThat(b.at.aliases.resolve(store.domain, name)).isEmpty();
  }

  @Test
  void aNodeThatDoesNotFollowRefusesAKeyThatItHas() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    b.use(cmk);
    nanos += MOST.toNanos() + 1;
    assertThatThrownBy(() -> b.use(cmk)).isInstanceOf(KmsException.Unavailable.class);
    b.follower.look();
    b.use(cmk);
  }

  @Test
  void onlyOneNodeHasTheTurnAndPassesItOn() {
    assertThat(a.shared.takeTurn()).isTrue();
    assertThat(a.shared.takeTurn()).isTrue();
    assertThat(b.shared.takeTurn()).isFalse();
    b.shared.passTurn(); // not its own
    assertThat(b.shared.takeTurn()).isFalse();
    a.shared.passTurn();
    assertThat(b.shared.takeTurn()).isTrue();
    assertThat(a.shared.takeTurn()).isFalse();
  }

  @Test
  void theTurnOfADeadNodeEnds() throws Exception {
    assertThat(a.shared.takeTurn()).isTrue();
    assertThat(store.edit("UPDATE lease SET until = 1")).isEqualTo(1);
    assertThat(b.shared.takeTurn()).isTrue();
    assertThat(a.shared.takeTurn()).isFalse();
  }

  @Test
  void aNodeWhoseClockIsAheadDestroysNothingEarly() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
    a.at.vault.change(
        store.project, cmk.id(), key -> key.deletionScheduled(now, Duration.ofDays(7)));
    a.wall = now.plus(Duration.ofDays(30));
    assertThat(a.keyring.destroyDueKeys()).isZero();
    assertThat(a.at.vault.find(store.project, cmk.id())).isPresent();
  }

  @Test
  void aKeyIsDestroyedWhenItIsDueByBothClocks() {
    Cmk cmk = a.at.create(KeySpec.AES_256);
    Instant then = Instant.ofEpochMilli(System.currentTimeMillis()).minus(Duration.ofDays(8));
    a.at.vault.change(
        store.project, cmk.id(), key -> key.deletionScheduled(then, Duration.ofDays(7)));
    a.wall = then;
    assertThat(a.keyring.destroyDueKeys()).isZero(); // the database alone does not decide either
    a.wall = Instant.now();
    assertThat(a.keyring.destroyDueKeys()).isEqualTo(1);
    assertThat(b.keyring.destroyDueKeys()).isZero();
  }

  /// Nobody signs here.
  private static final class NoSecrets implements AccessKeySecrets {
    @Override
    public Bytes wrap(AccessKeyId id, UserId user, KeyMaterial secret) {
      throw new UnsupportedOperationException();
    }

    @Override
    public KeyMaterial unwrap(AccessKey key) {
      throw new UnsupportedOperationException();
    }
  }

  private static void assertRejected(ThrowingCallable call, ApiError error) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, rejected -> assertThat(rejected.error()).isEqualTo(error));
  }
}
