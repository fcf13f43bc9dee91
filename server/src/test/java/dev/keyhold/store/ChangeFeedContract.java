package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.feed.Change;
import dev.keyhold.feed.ChangeFeed;
import dev.keyhold.feed.ChangeFeed.Entry;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.PasswordHash;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.User;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.Alias;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
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
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.seal.TestKeks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What the feed of every shared store does.
abstract class ChangeFeedContract extends StoreContract {
  private static final int WRITERS = 4;
  private static final int CHANGES = 50;
  private static final Bytes MAC = Bytes.owning(new byte[36]);

  final ChangeFeed feed() {
    return transactions().sharing().orElseThrow().feed();
  }

  private void change(String id) {
    transactions()
        .change(session -> {
          session.changed(Change.Kind.KEY, id);
          return true;
        });
  }

  private List<String> since(long position) {
    return feed().from(position, 10_000).stream()
        .skip(1)
        .map(entry -> entry.kind() + " " + entry.id())
        .toList();
  }

  @Test
  void aNewStoreHasAnEntryToBeginWith() {
    assertThat(feed().newest().position()).isZero();
    assertThat(feed().from(0, 10)).containsExactly(feed().newest());
  }

  @Test
  void positionsFollowEachOtherWithoutAGap() {
    change("a");
    transactions()
        .write(() -> {
          change("b");
          change("c");
          change("b"); // once is enough
          return true;
        });
    assertThat(feed().from(0, 10)).extracting(Entry::position).containsExactly(0L, 1L, 2L, 3L);
    assertThat(since(0)).containsExactly("KEY a", "KEY b", "KEY c");
    assertThat(feed().newest()).isEqualTo(feed().from(3, 10).getFirst());
  }

  @Test
  void whatIsUndoneIsNotInTheFeed() {
    assertThatThrownBy(() ->
            transactions()
                .write(() -> {
                  change("a");
                  throw new IllegalStateException("undone");
                }))
        .hasMessage("undone");
    change("b");
    assertThat(since(0)).contains("KEY b");
    assertThat(feed().newest().position()).isLessThanOrEqualTo(2);
  }

  /// A reader who goes on from the newest position that it saw misses nothing.
  @Test
  void noChangeTurnsUpBehindAReader() throws Exception {
    var seen = new ArrayList<Entry>();
    try (var threads = Executors.newFixedThreadPool(WRITERS)) {
      var writers = new ArrayList<Future<Void>>();
      for (int w = 0; w < WRITERS; w++) {
        String writer = "w" + w;
        Callable<Void> work =
            () -> {
              for (int i = 0; i < CHANGES; i++) {
                change(writer + "-" + i);
              }
              return null;
            };
        writers.add(threads.submit(work));
      }
      Entry last = feed().from(0, 1).getFirst();
      while (seen.size() < WRITERS * CHANGES) {
        boolean done = writers.stream().allMatch(Future::isDone);
        List<Entry> entries = feed().from(last.position(), 7);
        assertThat(entries.getFirst()).isEqualTo(last);
        seen.addAll(entries.subList(1, entries.size()));
        last = entries.getLast();
        assertThat(done && entries.size() == 1 && seen.size() < WRITERS * CHANGES)
            .describedAs("missed some")
            .isFalse();
      }
      for (Future<Void> writer : writers) {
        writer.get();
      }
    }
    assertThat(seen).extracting(Entry::id).doesNotHaveDuplicates().hasSize(WRITERS * CHANGES);
  }

  @Test
  void oldEntriesAreDeletedAndTheNewestStays() {
    change("a");
    change("b");
    transactions().change(session -> session.update("UPDATE change_feed SET at = 5"));
    var work = new SharedWork(transactions(), "n");
    assertThat(work.trimFeed()).isEqualTo(2);
    assertThat(feed().newest().id()).isEqualTo("b");
    change("c");
    assertThat(since(2)).containsExactly("KEY c");
    assertThat(feed().from(1, 10).getFirst().position()).isEqualTo(2); // 1 is missing, and seen so
    assertThat(work.trimFeed()).isEqualTo(1);
    assertThat(work.trimFeed()).isZero();
  }

  /// A clock that was set back makes later entries look older.
  @Test
  void noGapIsMade() {
    change("a");
    change("b");
    change("c");
    change("d");
    transactions()
        .change(session ->
            session.update("UPDATE change_feed SET at = 5 WHERE position NOT IN (2, 4)"));
    assertThat(new SharedWork(transactions(), "n").trimFeed()).isEqualTo(2); // the first, and "a"
    assertThat(feed().from(0, 10))
        .extracting(ChangeFeed.Entry::position)
        .containsExactly(2L, 3L, 4L);
  }

  /// After a night without a node there are more of them than are looked at in one go.
  @Test
  void ofManyOldEntriesTheFirstAreDeletedAndNoYoungOne() {
    int old = 5_000; // and the one that every feed begins with
    transactions()
        .change(session -> {
          session.update("UPDATE change_position SET value = ?", old);
          return session.update(
              "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < "
                  + old
                  + ") INSERT INTO change_feed SELECT n, 'KEY', 'k', 5, 'n' FROM s");
        });
    change("young");
    var work = new SharedWork(transactions(), "n");
    assertThat(work.trimFeed()).isEqualTo(old);
    assertThat(feed().from(0, 10))
        .extracting(Entry::position)
        .containsExactly((long) old, (long) old + 1);
    assertThat(work.trimFeed()).isEqualTo(1);
    assertThat(work.trimFeed()).isZero();
    assertThat(feed().newest().id()).isEqualTo("young");
  }

  @Test
  void everyChangeOfIdentitiesIsInTheFeed() {
    var iam = new SqlIamRepository(transactions(), new IdentityMac(TestKeks.inMemory()));
    var domain = new Domain(DomainId.random(), new Name("acme"));
    var hash = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGE");
    var user = new User(UserId.random(), domain.id(), new Name("alice"), hash, 0, true);
    var key =
        new AccessKey(
            new AccessKeyId("AKIAAAAAAAAAAAAAAAAA"),
            user.id(),
            Bytes.owning(new byte[8]),
            true,
            Instant.EPOCH,
            "");
    iam.insert(domain);
    iam.insert(user);
    iam.insert(key);
    assertThat(since(0)).isEmpty(); // nobody remembers that there was none

    iam.insert(new Project(ProjectId.random(), domain.id(), new Name("p")));
    iam.updatePassword(user.id(), hash);
    iam.disableAccessKey(key.id());
    iam.disableUser(user.id());
    assertThat(iam.update(key)).isTrue();
    iam.deleteAccessKey(key.id());
    assertThat(since(0))
        .containsExactly(
            "PROJECTS " + domain.id().text(),
            "USER " + user.id().text(),
            "ACCESS_KEY " + key.id().text(),
            "USER " + user.id().text(),
            "USER " + user.id().text(),
            "ACCESS_KEY " + key.id().text(),
            "ACCESS_KEY " + key.id().text(),
            "USER " + user.id().text());
  }

  @Test
  void everyChangeOfAKeyAndItsMaterialIsInTheFeed() {
    var cmks = new SqlCmkRepository(transactions());
    Cmk cmk = insertedKey(cmks);
    String entry = "KEY " + cmk.id().text();
    assertThat(since(0)).isEmpty(); // nobody remembers that there was none

    cmks.putMaterial(new StoredMaterial(cmk.id(), 0, MAC, Instant.EPOCH));
    assertThat(since(0)).containsExactly(entry);
    cmks.eraseMaterial(cmk.id(), 0);
    assertThat(since(1)).containsExactly(entry);
    Cmk leaving = cmk.deletionScheduled(Instant.EPOCH, Duration.ZERO);
    assertThat(cmks.replace(new StoredCmk(leaving, MAC))).isTrue();
    assertThat(since(2)).containsExactly(entry);
    assertThat(cmks.destroy(cmk.id(), leaving.revision())).isTrue();
    assertThat(since(3)).containsExactly(entry);
  }

  @Test
  void everyChangeOfWhatBelongsToAKeyIsInTheFeed() {
    Cmk cmk = insertedKey(new SqlCmkRepository(transactions()));
    var aliases = new SqlAliasRepository(transactions());
    var name = new AliasName("a");
    var alias =
        new StoredAlias(
            new Alias(cmk.domain(), name, cmk.project(), cmk.id(), Instant.EPOCH, Instant.EPOCH),
            MAC);
    String entry = "ALIAS " + cmk.domain().text() + " a";
    aliases.insert(alias, 9); // it may have been another key's
    assertThat(since(0)).containsExactly(entry);
    assertThat(aliases.replace(alias, alias, 9)).isTrue();
    assertThat(since(1)).containsExactly(entry);
    assertThat(aliases.delete(cmk.id(), name)).isTrue();
    assertThat(since(2)).containsExactly(entry);

    var grants = new SqlGrantRepository(transactions());
    var grantee = new Grantee(Grantee.Type.DOMAIN, "d");
    Set<GrantOperation> operations = Set.of(GrantOperation.values());
    var grant =
        new Grant("g", cmk.id(), cmk.project(), "", grantee, operations, "i", "", Instant.EPOCH);
    grants.insert(new StoredGrant(grant, MAC), 9, 9); // that there was none is remembered
    assertThat(since(3)).containsExactly("GRANTS " + cmk.id().text() + " domain d");
    assertThat(grants.delete("g")).isTrue();
    assertThat(since(4)).containsExactly("GRANTS " + cmk.id().text() + " domain d");
  }

  @Test
  void everyChangeOfAKeystoreIsInTheFeed() {
    var keystores = new SqlKeystoreRepository(transactions());
    var id = KeystoreId.random();
    var domain = DomainId.random();
    var keystore =
        new StoredKeystore(
            new Keystore(id, domain, new AliasName("a"), "hsm", true, Instant.EPOCH, MAC), MAC);
    keystores.insert(keystore, 9);
    assertThat(since(0)).isEmpty(); // nobody remembers that there was none
    assertThat(keystores.replace(keystore)).isTrue();
    assertThat(since(0)).containsExactly("KEYSTORE " + id.text());
    assertThat(keystores.deleteEmpty(id)).isTrue();
    assertThat(since(1)).containsExactly("KEYSTORE " + id.text());
  }

  private static Cmk insertedKey(CmkRepository cmks) {
    var cmk =
        Cmk.fresh(
                KeyId.random(),
                ProjectId.random(),
                DomainId.random(),
                new KeyName("k"),
                KeySpec.AES_256,
                Instant.EPOCH)
            .build();
    cmks.insert(new StoredCmk(cmk, MAC), Optional.empty(), 9);
    return cmk;
  }

  @Test
  void anEntryHasTheTimeOfTheDatabase() {
    long before = new SharedWork(transactions(), "n").instant().toEpochMilli();
    change("a");
    long after = new SharedWork(transactions(), "n").instant().toEpochMilli();
    assertThat(feed().newest().at()).isBetween(before, after);
  }
}
