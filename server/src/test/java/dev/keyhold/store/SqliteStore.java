package dev.keyhold.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// An embedded store in a folder of a test.
final class SqliteStore implements TestStore {
  private final Path folder;
  private final Duration patience;
  private DataDirectory directory;
  private SqliteDatabase database;

  SqliteStore(Path folder) {
    // Patience beyond what a loaded machine needs: a test must not depend on it.
    this(folder, Duration.ofMinutes(1));
  }

  SqliteStore(Path folder, Duration patience) {
    this.folder = folder;
    this.patience = patience;
    directory = DataDirectory.open(folder);
    database = open();
  }

  @Override
  public SqliteDatabase database() {
    return database;
  }

  @Override
  public List<String> columns(String table) {
    return database.query(session ->
        session.list(row -> row.text(1), "SELECT name FROM pragma_table_info(?)", table));
  }

  @Override
  public void reopen() {
    close();
    directory = DataDirectory.open(folder);
    database = open();
  }

  @Override
  public void close() {
    database.close();
    directory.close();
  }

  private SqliteDatabase open() {
    var settings = new SqliteDatabase.Settings(4, patience);
    return SqliteDatabase.open(directory, settings, _ -> {});
  }
}
