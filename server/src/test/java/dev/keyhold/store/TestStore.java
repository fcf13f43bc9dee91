package dev.keyhold.store;

/// A database of a test, to be closed and opened again.
interface TestStore extends AutoCloseable {
  Database database();

  /// Closes the database and opens it again, as a restart does.
  void reopen();

  @Override
  void close();
}
