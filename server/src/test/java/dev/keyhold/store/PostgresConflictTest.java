package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Change;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Transactions that the database refuses or that lose their connection: run again, or reported.
class PostgresConflictTest extends PostgresNodes {
  @Test
  void deadlockIsRunAgainAndNobodyHearsOfIt() throws Exception {
    Database one = store.database();
    Database two = anotherNode();
    insert(one, "a");
    insert(one, "b");
    var bothHaveTheirFirst = new CountDownLatch(2);
    var runs = new AtomicInteger();
    Future<Integer> first =
        threads.submit(
            () -> one.change(session -> lockBoth(session, "a", "b", bothHaveTheirFirst, runs)));
    Future<Integer> second =
        threads.submit(
            () -> two.change(session -> lockBoth(session, "b", "a", bothHaveTheirFirst, runs)));

    assertThat(first.get()).isEqualTo(1);
    assertThat(second.get()).isEqualTo(1);
    assertThat(runs).hasValueGreaterThan(2); // who is run again may get in the way again
  }

  private static int lockBoth(
      Session session, String first, String second, CountDownLatch latch, AtomicInteger runs) {
    runs.incrementAndGet();
    update(session, first);
    latch.countDown();
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return update(session, second);
  }

  /// As a database does that is stricter than PostgreSQL at READ COMMITTED.
  @Test
  void serializationFailureIsRunAgainWithoutWhatTheFirstRunNoted() {
    var runs = new AtomicInteger();
    store
        .database()
        .change(session -> {
          session.changed(Change.Kind.KEY, "run " + runs.incrementAndGet());
          insert(session, "s" + runs);
          if (runs.get() < 3) {
            try {
              session.first(row -> row.text(1), raise("40001"));
            } catch (Unavailable swallowed) {
              // as if nothing had happened
            }
          }
          return true;
        });
    assertThat(runs).hasValue(3);
    assertThat(has(store.database(), "s1")).isFalse();
    assertThat(has(store.database(), "s3")).isTrue();
    assertThat(store.database().sharing().orElseThrow().feed().from(1, 10))
        .extracting(entry -> entry.id())
        .containsExactly("run 3");
  }

  @Test
  void conflictInsideASavepointEndsTheWholeTransaction() {
    var runs = new AtomicInteger();
    store
        .database()
        .write(() -> {
          insert(store.database(), "outer");
          return store
              .database()
              .change(session -> {
                if (runs.incrementAndGet() == 1) {
                  session.first(row -> row.text(1), raise("40P01"));
                }
                return true;
              });
        });
    assertThat(runs).hasValue(2);
    assertThat(has(store.database(), "outer")).isTrue();
  }

  @Test
  void conflictsWithoutEndAreUnavailable() {
    String conflict = raise("40001");
    var runs = new AtomicInteger();
    try (var impatient =
        PostgresDatabase.open(
            PostgresStore.settings(store.url(), Duration.ofSeconds(2)), _ -> {})) {
      assertThatThrownBy(() ->
              impatient.change(session -> {
                runs.incrementAndGet();
                return session.first(row -> row.text(1), conflict);
              }))
          .isInstanceOf(Unavailable.class)
          .cause()
          .isInstanceOfSatisfying(
              SQLException.class, cause -> assertThat(cause.getSQLState()).isEqualTo("40001"));
    }
    assertThat(runs).hasValueGreaterThan(1);
  }

  /// SQL that fails with this code.
  private String raise(String code) {
    postgres.sql(
        store.url(),
        "CREATE OR REPLACE FUNCTION fail() RETURNS TEXT AS $$ BEGIN RAISE EXCEPTION 'asked for'"
            + " USING ERRCODE = '"
            + code
            + "'; END $$ LANGUAGE plpgsql");
    return "SELECT fail()";
  }

  @Test
  void brokenConnectionIsReplacedWithoutAWord() {
    assertThat(insert(store.database(), "before")).isTrue();
    endAllConnections();
    assertThat(insert(store.database(), "after")).isTrue();
    endAllConnections();
    assertThat(has(store.database(), "after")).isTrue();
  }

  @Test
  void connectionThatBreaksInTheMiddleIsReplacedAndTheWorkRunAgain() {
    var runs = new AtomicInteger();
    store
        .database()
        .change(session -> {
          insert(session, "s" + runs.incrementAndGet());
          if (runs.get() == 1) {
            endAllConnections();
          }
          return insert(session, "t" + runs);
        });
    assertThat(runs).hasValue(2);
    assertThat(has(store.database(), "s1")).isFalse();
    assertThat(has(store.database(), "s2")).isTrue();
  }

  private void endAllConnections() {
    postgres.sql(
        store.url(),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  /// The commit's answer never comes: the server ends the connection while it commits.
  @Test
  void commitWithoutAnAnswerIsUnavailableAndNotRunAgain() {
    postgres.sql(
        store.url(),
        "CREATE FUNCTION last_words() RETURNS TRIGGER AS $$ BEGIN"
            + " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10);"
            + " RETURN NULL; END $$ LANGUAGE plpgsql",
        "CREATE CONSTRAINT TRIGGER last_words AFTER INSERT ON kek INITIALLY DEFERRED FOR EACH ROW"
            + " WHEN (NEW.scope = 'doomed') EXECUTE FUNCTION last_words()");
    var runs = new AtomicInteger();
    assertThatThrownBy(() ->
            store
                .database()
                .change(session -> {
                  runs.incrementAndGet();
                  return insert(session, "doomed");
                }))
        .isInstanceOf(Unavailable.class)
        .cause()
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("while a commit was on its way");
    assertThat(runs).hasValue(1);
    assertThat(insert(store.database(), "next")).isTrue();
  }

  @Test
  void brokenRuleIsABugAndLeavesTheConnectionUsable() {
    insert(store.database(), "a");
    assertThatThrownBy(() -> insert(store.database(), "a"))
        .isInstanceOf(IllegalStateException.class);
    store
        .database()
        .write(() -> {
          assertThatThrownBy(() -> insert(store.database(), "a"))
              .isInstanceOf(IllegalStateException.class);
          return insert(store.database(), "b"); // the savepoint was undone, the rest goes on
        });
    assertThat(has(store.database(), "b")).isTrue();
  }
}
