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
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.TestKeks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What the feed of every shared store does.
abstract class ChangeFeedContract extends StoreContract {
  private static final int WRITERS = 4;
  private static final int CHANGES = 50;

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
        .change(session -> session.update("UPDATE change_feed SET at = 5 WHERE position <> 2"));
    assertThat(new SharedWork(transactions(), "n").trimFeed()).isEqualTo(2); // the first, and "a"
    assertThat(feed().from(0, 10))
        .extracting(ChangeFeed.Entry::position)
        .containsExactly(2L, 3L, 4L);
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
    assertThat(since(0))
        .containsExactly(
            "PROJECTS " + domain.id().text(),
            "USER " + user.id().text(),
            "ACCESS_KEY " + key.id().text(),
            "USER " + user.id().text(),
            "USER " + user.id().text());
  }

  @Test
  void anEntryHasTheTimeOfTheDatabase() {
    long before = new SharedWork(transactions(), "n").instant().toEpochMilli();
    change("a");
    long after = new SharedWork(transactions(), "n").instant().toEpochMilli();
    assertThat(feed().newest().at()).isBetween(before, after);
  }
}
