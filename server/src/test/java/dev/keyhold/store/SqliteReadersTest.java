package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// Reading beside the one that writes.
class SqliteReadersTest extends SqliteFixture {
  @Test
  void uncommittedIsSeenInsideItsTransactionOnly() {
    database()
        .change(session -> {
          insert(session, "s");
          assertThat(database().inTransaction()).isTrue();
          assertThat(database().<Long>query(SqliteDatabaseTest::count)).isEqualTo(1);
          assertThat(database().<Long>queryCommitted(SqliteDatabaseTest::count)).isZero();
          return true;
        });
    assertThat(database().inTransaction()).isFalse();
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void readingConnectionCannotWrite() {
    assertThatThrownBy(() ->
            database()
                .query(session -> {
                  insert(session, "s");
                  return true;
                }))
        .isInstanceOf(KmsException.Unavailable.class);
    assertThat(count()).isZero();
  }

  @Test
  void readingConnectionTrustsNothingInTheFile() {
    for (String pragma : List.of("query_only", "cell_size_check", "foreign_keys")) {
      assertThat(this.pragma(pragma)).as(pragma).isEqualTo(1);
    }
    assertThat(pragma("trusted_schema")).isZero();
  }

  private long pragma(String name) {
    return database()
        .query(session -> session.first(row -> row.number(1), "PRAGMA " + name).orElseThrow());
  }

  /// Or each refusal would leave a file open.
  @Test
  void connectionOfAReadThatWasRefusedIsUsedAgain() {
    Session used = database().query(session -> session);
    assertThatThrownBy(() ->
            database()
                .query(_ -> {
                  throw new IllegalStateException("refused");
                }))
        .hasMessage("refused");
    assertThat(database().<Session>query(session -> session)).isSameAs(used);
  }

  @Test
  void moreReadersThanConnectionsTakeTurns() throws Exception {
    var inside = new CountDownLatch(4);
    var go = new CountDownLatch(1);
    var readers = new ArrayList<Future<Long>>();
    for (int i = 0; i < 40; i++) {
      readers.add(
          threads.submit(() ->
              database()
                  .query(session -> {
                    inside.countDown();
                    awaitQuietly(go);
                    return count(session);
                  })));
    }
    inside.await();
    go.countDown();
    for (Future<Long> reader : readers) {
      assertThat(reader.get()).isZero();
    }
  }

  /// As after a start: a listing meets the first key of its project, and the KEK is read beside it.
  @Test
  void kekIsReadBesideAsManyListingsAsThereAreConnections() throws Exception {
    store.close();
    store = new SqliteStore(folder, Duration.ofSeconds(30));
    try (var seal = FileSeal.create(folder.resolve("test.key"))) {
      var scope = new KekScope.Instance();
      try (var warm = new Keks(seal, new SqlKekRepository(database()))) {
        warm.derive(scope, "any", 32).close();
      }
      try (var cold = new Keks(seal, new SqlKekRepository(database()))) {
        var inside = new CountDownLatch(4);
        var listings = new ArrayList<Future<Integer>>();
        for (int i = 0; i < 8; i++) {
          listings.add(
              threads.submit(() ->
                  database()
                      .read(() -> {
                        inside.countDown();
                        awaitQuietly(inside);
                        try (var key = cold.derive(scope, "any", 32)) {
                          return key.length();
                        }
                      })));
        }
        for (Future<Integer> listing : listings) {
          assertThat(listing.get()).isEqualTo(32);
        }
      }
    }
  }

  @Test
  void writerReadsBesideItsTransactionWhateverReadersDo() throws Exception {
    store.close();
    store = new SqliteStore(folder, Duration.ofSeconds(30));
    var inside = new CountDownLatch(4);
    var go = new CountDownLatch(1);
    var readers = new ArrayList<Future<?>>();
    for (int i = 0; i < 4; i++) {
      readers.add(
          threads.submit(() ->
              database()
                  .read(() -> {
                    inside.countDown();
                    awaitQuietly(go);
                    return 1;
                  })));
    }
    inside.await();
    try {
      assertThat(database().<Long>change(_ -> database().queryCommitted(SqliteDatabaseTest::count)))
          .isZero();
    } finally {
      go.countDown();
    }
    for (Future<?> reader : readers) {
      reader.get();
    }
  }
}
