package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Change;
import dev.keyhold.seal.KekRepository.StoredKek;
import dev.keyhold.seal.SealException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is PostgreSQL's own, and what several nodes on one do.
class PostgresDatabaseTest {
  private final TestPostgres postgres = TestPostgres.shared();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private PostgresStore store;
  private final List<PostgresDatabase> others = new ArrayList<>();

  @BeforeEach
  void open() {
    store = new PostgresStore();
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    others.forEach(PostgresDatabase::close);
    store.close();
  }

  private PostgresDatabase anotherNode() {
    PostgresDatabase node = store.open();
    others.add(node);
    return node;
  }

  private static boolean insert(Database database, String scope) {
    return database.change(session -> insert(session, scope));
  }

  private static boolean insert(Session session, String scope) {
    return session.update(
            "INSERT INTO kek (scope, version, wrapped) VALUES (?, 1, ?)",
            scope,
            Bytes.owning(new byte[] {1}))
        == 1;
  }

  private static boolean has(Database database, String scope) {
    return new SqlKekRepository(database).find(scope, 1).isPresent();
  }

  private static int update(Session session, String scope) {
    return session.update("UPDATE kek SET wrapped = wrapped WHERE scope = ?", scope);
  }

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
    try (var impatient =
        PostgresDatabase.open(
            PostgresStore.settings(store.url(), Duration.ofSeconds(1)), _ -> {})) {
      assertThatThrownBy(
              () -> impatient.change(session -> session.first(row -> row.text(1), raise("40001"))))
          .isInstanceOf(Unavailable.class);
    }
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

  /// Each holds a connection and wants another one.
  @Test
  void committedReadsInsideMoreTransactionsThanConnectionsAllSucceed() throws Exception {
    var all = new ArrayList<Future<Boolean>>();
    for (int i = 0; i < 40; i++) {
      String scope = "s" + i;
      all.add(
          threads.submit(() ->
              store
                  .database()
                  .change(session -> {
                    insert(session, scope);
                    return has(store.database(), scope);
                  })));
    }
    for (Future<Boolean> each : all) {
      assertThat(each.get()).isFalse(); // for it is not committed yet
    }
  }

  @Test
  void databaseThatDoesNotAnswerIsUnavailableInTime() throws Exception {
    try (var impatient =
        PostgresDatabase.open(
            PostgresStore.settings(store.url(), Duration.ofSeconds(1)), _ -> {})) {
      insert(impatient, "a");
      var held = new CountDownLatch(1);
      var release = new CountDownLatch(1);
      Future<Boolean> holder =
          threads.submit(() ->
              store
                  .database()
                  .change(session -> {
                    update(session, "a");
                    held.countDown();
                    try {
                      release.await();
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                    return true;
                  }));
      held.await();
      assertThatThrownBy(() -> impatient.change(session -> update(session, "a")))
          .isInstanceOf(Unavailable.class);
      release.countDown();
      assertThat(holder.get()).isTrue();
      assertThat(impatient.<Integer>change(session -> update(session, "a"))).isEqualTo(1);
    }
  }

  @Test
  void nodesThatMakeTheSameKekAtOnceGetOne() throws Exception {
    List<Database> nodes = List.of(store.database(), anotherNode(), anotherNode(), anotherNode());
    for (int round = 0; round < 20; round++) {
      String scope = "scope " + round;
      var seed = new AtomicInteger();
      var made = new ArrayList<Future<StoredKek>>();
      for (Database node : nodes) {
        for (int i = 0; i < 3; i++) {
          made.add(
              threads.submit(() ->
                  new SqlKekRepository(node)
                      .insertIfAbsent(
                          new StoredKek(
                              scope,
                              1,
                              Bytes.owning(new byte[] {(byte) seed.incrementAndGet()})))));
        }
      }
      StoredKek one = made.getFirst().get();
      for (Future<StoredKek> each : made) {
        assertThat(each.get()).isEqualTo(one);
      }
    }
  }

  @Test
  void manyNodesStartAtOnceOnAnEmptyDatabase() throws Exception {
    for (int round = 0; round < 3; round++) {
      String url = postgres.newDatabase();
      var started = new ArrayList<Future<PostgresDatabase>>();
      for (int i = 0; i < 4; i++) {
        started.add(
            threads.submit(() ->
                PostgresDatabase.open(
                    PostgresStore.settings(url, Duration.ofMinutes(1)), _ -> {})));
      }
      for (Future<PostgresDatabase> node : started) {
        others.add(node.get());
      }
      String history = "SELECT COUNT(*) FROM flyway_schema_history WHERE success AND version = ";
      assertThat(postgres.value(url, history + "'" + Migrations.NEWEST + "'")).isEqualTo("1");
      assertThat(postgres.value(url, "SELECT COUNT(*) FROM change_position")).isEqualTo("1");
    }
  }

  @Test
  void databaseOfANewerReleaseIsRefused() {
    postgres.sql(
        store.url(),
        "INSERT INTO flyway_schema_history SELECT installed_rank + 1, '"
            + (Migrations.NEWEST + 1)
            + "', description, type, script, checksum, installed_by, installed_on,"
            + " execution_time, success FROM flyway_schema_history WHERE version = '"
            + Migrations.NEWEST
            + "'");
    assertThatThrownBy(store::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("newer Keyhold");
  }

  @Test
  void guardRefusesBeforeAMigrationWritesAnything() {
    postgres.sql(
        store.url(),
        "DELETE FROM flyway_schema_history WHERE version = '" + Migrations.NEWEST + "'");
    String before = postgres.value(store.url(), "SELECT COUNT(*) FROM flyway_schema_history");
    assertThatThrownBy(() ->
            PostgresDatabase.open(
                PostgresStore.settings(store.url(), Duration.ofMinutes(1)),
                _ -> {
                  throw new SealException("another root key");
                }))
        .isInstanceOf(SealException.class);
    assertThat(postgres.value(store.url(), "SELECT COUNT(*) FROM flyway_schema_history"))
        .isEqualTo(before);
  }

  @Test
  void databaseOfAnotherEncodingIsRefused() {
    postgres.sql(
        store.url(),
        "DROP DATABASE IF EXISTS latin",
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    String url = store.url().replaceAll("/db\\d+$", "/latin");
    assertThatThrownBy(() ->
            PostgresDatabase.open(PostgresStore.settings(url, Duration.ofMinutes(1)), _ -> {}))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("ENCODING 'UTF8'");
  }

  /// Operators turn it off for speed; then what was acknowledged could be lost.
  @Test
  void commitsAreSynchronousWhateverTheDatabaseSays() {
    for (String careless : List.of("off", "local")) {
      String name = store.url().replaceAll(".*/", "");
      postgres.sql(store.url(), "ALTER DATABASE " + name + " SET synchronous_commit = " + careless);
      assertThat(setting(anotherNode())).isEqualTo("on");
    }
    String name = store.url().replaceAll(".*/", "");
    postgres.sql(store.url(), "ALTER DATABASE " + name + " SET synchronous_commit = remote_apply");
    assertThat(setting(anotherNode())).isEqualTo("remote_apply");
  }

  private static String setting(Database node) {
    return node.query(session -> session.first(row -> row.text(1), "SHOW synchronous_commit"))
        .orElseThrow();
  }

  @Test
  void addressWhereNoDatabaseIsSaysSo() {
    assertThatThrownBy(() ->
            PostgresDatabase.open(
                PostgresStore.settings(
                    "jdbc:postgresql://127.0.0.1:1/nothing", Duration.ofSeconds(1)),
                _ -> {}))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("127.0.0.1:1");
  }
}
