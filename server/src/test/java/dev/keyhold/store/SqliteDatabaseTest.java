package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.MemoryKekRepository;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class SqliteDatabaseTest extends SqliteFixture {
  @Test
  void whatWaitsTogetherIsCommittedTogetherAndAFailureUndoesItselfAlone() throws Exception {
    var holding = new Holding();
    var all = new ArrayList<Future<Boolean>>();
    for (int i = 0; i < 20; i++) {
      String scope = "s" + i;
      boolean fails = i % 5 == 0;
      all.add(
          threads.submit(() ->
              database()
                  .change(session -> {
                    insert(session, scope);
                    if (fails) {
                      throw new ArithmeticException(scope);
                    }
                    return true;
                  })));
    }
    holding.release();
    int failed = 0;
    for (int i = 0; i < 20; i++) {
      if (i % 5 == 0) {
        Future<Boolean> future = all.get(i);
        assertThatThrownBy(future::get).hasCauseInstanceOf(ArithmeticException.class);
        failed++;
      } else {
        assertThat(all.get(i).get()).isTrue();
      }
    }
    assertThat(count()).isEqualTo(20 - failed);
    for (int i = 0; i < 20; i++) {
      assertThat(new SqlKekRepository(database()).find("s" + i, 1).isPresent())
          .isEqualTo(i % 5 != 0);
    }
  }

  /// A promise to one of the group must not be broken by what another does to the transaction.
  @Test
  void lostTransactionFailsAllThatWereInIt() throws Exception {
    var holding = new Holding();
    Future<Boolean> good = threads.submit(() -> inserted("good"));
    Future<Boolean> breaks =
        threads.submit(() ->
            database()
                .change(session -> {
                  insert(session, "bad");
                  try {
                    session.update("no SQL");
                  } catch (KmsException.Unavailable e) {
                    // as if nothing had happened
                  }
                  return true;
                }));
    holding.release();

    assertThatThrownBy(breaks::get).hasCauseInstanceOf(KmsException.Unavailable.class);
    // Alone in a transaction it succeeds; whichever way, its answer is the truth.
    boolean acknowledged;
    try {
      acknowledged = good.get();
    } catch (java.util.concurrent.ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(KmsException.Unavailable.class);
      acknowledged = false;
    }
    assertThat(count() == 1).isEqualTo(acknowledged);
    inserted("after");
    assertThat(new SqlKekRepository(database()).find("after", 1)).isPresent();
  }

  @Test
  void failedCommitFailsItsUnitsAndTheNextOneWorks() {
    assertThatThrownBy(() ->
            database()
                .change(session -> {
                  session.update("PRAGMA defer_foreign_keys=ON");
                  return session.update(
                      "INSERT INTO iam_project (id, domain_id, name, mac)"
                          + " VALUES ('p', 'no', 'n', x'00')");
                }))
        .isInstanceOf(KmsException.Unavailable.class)
        .hasMessageContaining("the key store");
    assertThat(inserted("after")).isTrue();
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void fullDatabaseIsUnavailableAndRecoversByItself() {
    long pages = pragma("page_count");
    assertThat(pragma("max_page_count=" + (pages + 2))).isEqualTo(pages + 2);
    int stored = 0;
    KmsException.Unavailable refusal = null;
    while (refusal == null) {
      try {
        inserted("s" + stored);
        stored++;
      } catch (KmsException.Unavailable e) {
        refusal = e;
      }
    }
    assertThat(refusal.getCause()).hasMessageContaining("SQLITE_FULL");
    assertThat(count()).isEqualTo(stored);

    // The limit went with the connection that met it.
    assertThat(inserted("more")).isTrue();
    assertThat(count()).isEqualTo(stored + 1);
  }

  @Test
  void turnThatDoesNotComeInTimeIsUnavailableAndNothingHappens() throws Exception {
    store.close();
    store = new SqliteStore(folder, Duration.ofMillis(1));
    var holding = new Holding();
    try {
      assertThatThrownBy(() -> inserted("late")).isInstanceOf(KmsException.Unavailable.class);
    } finally {
      holding.release();
    }
    holding.await();
    assertThat(count()).isZero();
  }

  @Test
  void nobodyWaitsBehindADiskThatHangs() throws Exception {
    store.close();
    store = new SqliteStore(folder, Duration.ofSeconds(4));
    var holding = new Holding(); // as a commit that does not come back
    try {
      assertThatThrownBy(() -> inserted("behind")).isInstanceOf(KmsException.Unavailable.class);
      assertThatThrownBy(() -> inserted("later"))
          .isInstanceOf(KmsException.Unavailable.class)
          .hasRootCauseMessage("the disk of the key store does not answer");
    } finally {
      holding.release();
    }
    holding.await();
    assertThat(count()).isZero();
    assertThat(inserted("now")).isTrue();
    assertThat(count()).isEqualTo(1); // what was given up is not done later either
  }

  /// A crash of the machine is not to be had in a test: what durability and erasure stand on are
  /// these, also after the connection was replaced.
  @Test
  void theWritingConnectionHasTheSettingsThatThePromisesStandOn() {
    requireWriterSettings();
    assertThatThrownBy(() -> database().change(session -> session.update("no SQL")))
        .isInstanceOf(KmsException.Unavailable.class);
    requireWriterSettings();
  }

  private void requireWriterSettings() {
    assertThat(pragma("synchronous")).as("FULL").isEqualTo(2);
    assertThat(
            database()
                .<String>change(session ->
                    session.first(row -> row.text(1), "PRAGMA journal_mode").orElseThrow()))
        .isEqualTo("wal");
    assertThat(pragma("secure_delete")).isEqualTo(1);
    assertThat(pragma("foreign_keys")).isEqualTo(1);
    assertThat(pragma("trusted_schema")).isZero();
    assertThat(pragma("cell_size_check")).isEqualTo(1);
  }

  /// For some failures SQLite undoes the transaction by itself: no change may follow outside of it.
  @Test
  void nothingFollowsAFailureInItsTransaction() {
    assertThatThrownBy(() ->
            database()
                .change(session -> {
                  insert(session, "before");
                  assertThatThrownBy(() -> session.update("no SQL"))
                      .isInstanceOf(KmsException.Unavailable.class);
                  assertThatThrownBy(() -> insert(session, "after"))
                      .isInstanceOf(KmsException.Unavailable.class);
                  return true;
                }))
        .isInstanceOf(KmsException.Unavailable.class);
    assertThat(count()).isZero();
  }

  @Test
  void errorOfAUnitReachesItsCallerAndTheWriterGoesOn() {
    assertThatThrownBy(() ->
            database()
                .change(_ -> {
                  throw new StackOverflowError("made up");
                }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(inserted("after")).isTrue();
  }

  @Test
  void nothingWaitsWhereWaitingIsForbidden() {
    for (Runnable access :
        List.<Runnable>of(
            () -> database().write(() -> 1),
            () -> database().read(() -> 1),
            () -> database().query(_ -> 1),
            () -> database().queryCommitted(_ -> 1))) {
      assertThatThrownBy(() -> Blocking.forbidden(access)).isInstanceOf(Blocking.WouldBlock.class);
    }
  }

  @Test
  void closedStoreRefuses() {
    SqliteDatabase database = database();
    store.close();
    assertThatThrownBy(() -> database.query(_ -> 1)).isInstanceOf(KmsException.Unavailable.class);
    assertThatThrownBy(() -> database.change(_ -> 1)).isInstanceOf(KmsException.Unavailable.class);
    store = new SqliteStore(folder);
  }

  @Test
  void closingFinishesWhatWaits() throws Exception {
    var holding = new Holding();
    Future<Boolean> waiting = threads.submit(() -> inserted("s"));
    holding.awaitWaiting(1);
    Future<?> closing = threads.submit(() -> database().close());
    holding.release();
    assertThat(waiting.get()).isTrue();
    closing.get();
    store.reopen();
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void valueThatNoReleaseWritesIsADamagedRow() {
    database()
        .change(session ->
            session.update(
                "INSERT INTO iam_domain (id, name, mac) VALUES ('NOT-HEX', 'acme', x'00')"));
    var iam =
        new SqlIamRepository(
            database(),
            new IdentityMac(
                new Keks(FileSeal.create(folder.resolve("test.key")), new MemoryKekRepository())));
    assertThatThrownBy(() -> iam.domain(new dev.keyhold.iam.Name("acme")))
        .isInstanceOf(DamagedRowException.class);
  }

  private boolean inserted(String scope) {
    return database()
        .change(session -> {
          insert(session, scope);
          return true;
        });
  }

  private long pragma(String name) {
    return database()
        .change(session -> session.first(row -> row.number(1), "PRAGMA " + name).orElseThrow());
  }

  /// Holds the writer inside a unit of work, so that others gather behind it.
  private final class Holding {
    private final CountDownLatch go = new CountDownLatch(1);
    private final Future<?> held;

    Holding() throws InterruptedException {
      var inside = new CountDownLatch(1);
      held =
          threads.submit(() -> {
            while (!holds(inside)) {
              // Its own turn did not come in time either: the machine is busy.
            }
          });
      inside.await();
    }

    private boolean holds(CountDownLatch inside) {
      try {
        return database()
            .change(_ -> {
              inside.countDown();
              awaitQuietly(go);
              return true;
            });
      } catch (KmsException.Unavailable _) {
        return false;
      }
    }

    void release() {
      go.countDown();
    }

    void await() throws Exception {
      held.get();
    }

    void awaitWaiting(int units) {
      while (database().waitingWrites() < units) {
        Thread.onSpinWait();
      }
    }
  }
}
