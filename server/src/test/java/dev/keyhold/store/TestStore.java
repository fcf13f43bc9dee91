package dev.keyhold.store;

import java.util.List;

/// A database of a test, to be closed and opened again.
interface TestStore extends AutoCloseable {
  Database database();

  /// What the columns of a table are called.
  List<String> columns(String table);

  /// Closes the database and opens it again, as a restart does.
  void reopen();

  @Override
  void close();
}
