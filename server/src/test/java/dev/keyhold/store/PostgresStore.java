package dev.keyhold.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// An empty database of the shared PostgreSQL. Its patience is beyond what a loaded machine needs:
/// a test must not depend on it.
final class PostgresStore implements TestStore {
  private final PostgresSettings settings =
      settings(TestPostgres.shared().newDatabase(), Duration.ofMinutes(1));
  private PostgresDatabase database = open();

  @Override
  public PostgresDatabase database() {
    return database;
  }

  @Override
  public List<String> columns(String table) {
    return database.query(session ->
        session.list(
            row -> row.text(1),
            "SELECT column_name FROM information_schema.columns WHERE table_name = ?",
            table));
  }

  @Override
  public void reopen() {
    database.close();
    database = open();
  }

  @Override
  public void close() {
    database.close();
    TestPostgres.shared().dropDatabase(settings.url());
  }

  static PostgresSettings settings(String url, Duration patience) {
    return new PostgresSettings(
        url, Optional.of(TestPostgres.USER), Optional.empty(), 8, patience, true);
  }

  String url() {
    return settings.url();
  }

  /// Another node on the same database.
  PostgresDatabase open() {
    return PostgresDatabase.open(settings, _ -> {});
  }
}
