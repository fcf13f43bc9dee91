package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// One node on a database of its own, and others that join it.
abstract class PostgresNodes {
  final TestPostgres postgres = TestPostgres.shared();
  final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  PostgresStore store;
  final List<PostgresDatabase> others = new ArrayList<>();

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

  PostgresDatabase anotherNode() {
    PostgresDatabase node = store.open();
    others.add(node);
    return node;
  }

  static boolean insert(Database database, String scope) {
    return database.change(session -> insert(session, scope));
  }

  static boolean insert(Session session, String scope) {
    return session.update(
            "INSERT INTO kek (scope, version, wrapped) VALUES (?, 1, ?)",
            scope,
            Bytes.owning(new byte[] {1}))
        == 1;
  }

  static boolean has(Database database, String scope) {
    return new SqlKekRepository(database).find(scope, 1).isPresent();
  }

  static int update(Session session, String scope) {
    return session.update("UPDATE kek SET wrapped = wrapped WHERE scope = ?", scope);
  }
}
