package dev.keyhold.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// An empty database of the shared PostgreSQL. Its patience is beyond what a loaded machine needs:
/// a test must not depend on it.
final class PostgresStore implements TestStore {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Queue<String> EMPTIED = new ConcurrentLinkedQueue<>();

  private final PostgresSettings settings;
  private final boolean reused;
  private PostgresDatabase database;

  private PostgresStore(String url, boolean reused) {
    this.settings = settings(url, PATIENCE);
    this.reused = reused;
    this.database = open();
  }

  /// One that nobody has used, nor will.
  PostgresStore() {
    this(TestPostgres.shared().copyOf(Migrated.URL), false);
  }

  /// One that others use before and after, in whose tables is what was there at first: for tests
  /// that leave its schema alone. Emptying takes a tenth of the time that making another one does.
  static PostgresStore reused() {
    String url = EMPTIED.poll();
    return new PostgresStore(url == null ? TestPostgres.shared().copyOf(Migrated.URL) : url, true);
  }

  /// What each of them is a copy of. Its schema `first` has what the migrations leave in tables.
  private static final class Migrated {
    private static final String URL = TestPostgres.shared().newDatabase();

    static {
      PostgresDatabase.open(settings(URL, PATIENCE), _ -> {}).close();
      var statements = new ArrayList<>(List.of("CREATE SCHEMA first"));
      for (String table : tables(URL)) {
        statements.add("CREATE TABLE first.%1$s AS TABLE public.%1$s".formatted(table));
      }
      TestPostgres.shared().sql(URL, statements.toArray(String[]::new));
    }
  }

  private static List<String> tables(String url) {
    String all =
        TestPostgres.shared()
            .value(
                url,
                "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'");
    return List.of(all.split(","));
  }

  private static void empty(String url) {
    var statements = new ArrayList<>(List.of("SET session_replication_role = replica"));
    for (String table : tables(url)) {
      statements.add("DELETE FROM public." + table);
      statements.add("INSERT INTO public.%1$s SELECT * FROM first.%1$s".formatted(table));
    }
    TestPostgres.shared().sql(url, statements.toArray(String[]::new));
  }

  @Override
  public PostgresDatabase database() {
    return database;
  }

  @Override
  public List<String> columns(String table) {
    return database.query(session ->
        session.list(
            row -> row.text(1),
            "SELECT column_name FROM information_schema.columns"
                + " WHERE table_schema = 'public' AND table_name = ?",
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
    if (reused) {
      empty(settings.url());
      EMPTIED.add(settings.url());
    } else {
      TestPostgres.shared().dropDatabase(settings.url());
    }
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
