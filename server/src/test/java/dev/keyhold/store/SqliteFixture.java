package dev.keyhold.store;

import dev.keyhold.seal.KekRepository.StoredKek;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// An embedded database in a folder.
abstract class SqliteFixture {
  static final String INSERT = "INSERT INTO kek (scope, version, wrapped) VALUES (?, 1, ?)";
  @TempDir Path folder;
  SqliteStore store;
  final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void open() {
    store = new SqliteStore(folder);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    store.close();
  }

  SqliteDatabase database() {
    return store.database();
  }

  static void insert(Session session, String scope) {
    StoredKek kek = KekRepositoryContract.kek(scope, 1, 1);
    session.update(INSERT, scope, kek.wrapped());
  }

  long count() {
    return database().query(SqliteFixture::count);
  }

  static long count(Session session) {
    return session.first(row -> row.number(1), "SELECT COUNT(*) FROM kek").orElseThrow();
  }

  static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
