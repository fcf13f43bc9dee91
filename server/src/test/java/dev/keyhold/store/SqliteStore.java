package dev.keyhold.store;

import java.nio.file.Path;
import java.time.Duration;

/// A store in a folder of a test, to be closed and opened again.
final class SqliteStore implements AutoCloseable {
  private final Path folder;
  private DataDirectory directory;
  private SqliteDatabase database;

  SqliteStore(Path folder) {
    this.folder = folder;
    directory = DataDirectory.open(folder);
    database = open();
  }

  SqliteDatabase database() {
    return database;
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  SqliteDatabase reopened() {
    close();
    directory = DataDirectory.open(folder);
    database = open();
    return database;
  }

  @Override
  public void close() {
    database.close();
    directory.close();
  }

  private SqliteDatabase open() {
    // Patience beyond what a loaded machine needs: a test must not depend on it.
    var settings = new SqliteDatabase.Settings(4, Duration.ofMinutes(1));
    return SqliteDatabase.open(directory, settings, _ -> {});
  }
}
