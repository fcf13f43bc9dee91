package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.seal.KekRepository.StoredKek;
import dev.keyhold.seal.SealException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// What is PostgreSQL's own, and what several nodes on one do.
class PostgresDatabaseTest extends PostgresNodes {
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
      insert(store.database(), "a");
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
      assertThat(patiently(impatient, session -> update(session, "a"))).isEqualTo(1);
    }
  }

  /// Its connections may take their time to come about on a busy machine.
  private static int patiently(Database database, Function<Session, Integer> work)
      throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      try {
        return database.change(work);
      } catch (Unavailable _) {
        Thread.sleep(100);
      }
    }
    return database.change(work);
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

  /// A call that waits for a lock, or a node that is frozen inside a transaction, must not hold up
  /// the others for ever.
  @Test
  void nothingLastsMuchLongerThanACallWaits() {
    var patience = Duration.ofSeconds(7);
    try (var node = PostgresDatabase.open(PostgresStore.settings(store.url(), patience), _ -> {})) {
      assertThat(millis(node, "statement_timeout")).isEqualTo(7_000);
      assertThat(millis(node, "lock_timeout")).isEqualTo(7_000);
      assertThat(millis(node, "idle_in_transaction_session_timeout")).isEqualTo(14_000);
    }
  }

  private static long millis(Database node, String limit) {
    return node.query(session ->
        session
            .first(
                row -> Long.parseLong(row.text(1)),
                "SELECT setting FROM pg_settings WHERE name = ? AND unit = 'ms'",
                limit)
            .orElseThrow());
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
