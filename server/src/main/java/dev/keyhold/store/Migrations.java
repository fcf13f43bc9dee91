package dev.keyhold.store;

import java.sql.SQLException;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/// The schema and its versions: the numbered files of `db/migration`, of which none is ever changed
/// once released. Each runs in one transaction with the note that it has.
final class Migrations {
  /// The number of the newest file.
  static final int NEWEST = 7;

  /// The file with the table of audit records.
  static final int WITH_AUDIT = 6;

  /// The file with the store's id.
  static final int WITH_POSITION = 7;

  static final String HISTORY = "flyway_schema_history";

  /// PostgreSQL's insufficient_privilege.
  private static final String FORBIDDEN = "42501";

  private Migrations() {}

  /// @param version 0 before the first migration
  record Schema(int version, boolean complete) {
    boolean isNewest() {
      return version == NEWEST && complete;
    }

    /// Whether the tables of the first migration are there.
    boolean hasKeks() {
      return version > 0;
    }
  }

  /// Reads how far the schema is: some tenths of a millisecond, where Flyway's own look takes a
  /// tenth of a second.
  ///
  /// @throws StoreException when it is of a newer Keyhold
  static Schema schemaOf(Session session, Dialect dialect) {
    boolean untouched =
        session.first(row -> row.number(1), dialect.tableQuery(), HISTORY).isEmpty();
    if (untouched) {
      return new Schema(0, false);
    }
    record Step(String version, boolean success) {}
    List<Step> steps =
        session.list(
            row -> new Step(row.text(1), row.flag(2)),
            "SELECT version, CASE WHEN success THEN 1 ELSE 0 END FROM "
                + HISTORY
                + " WHERE version IS NOT NULL");
    int version = steps.stream().mapToInt(step -> number(step.version())).max().orElse(0);
    if (version > NEWEST) {
      throw new StoreException(
          "The database was written by a newer Keyhold (its schema is version "
              + version
              + ", this one knows up to "
              + NEWEST
              + "): use that one.");
    }
    return new Schema(version, steps.stream().allMatch(Step::success));
  }

  private static int number(String version) {
    try {
      return Integer.parseInt(version);
    } catch (NumberFormatException _) {
      throw new StoreException(
          "The database has a schema version that is no number: it is damaged, or not Keyhold's.");
    }
  }

  /// @throws StoreException for the schema of a newer Keyhold
  static void requireKnown(int schema) {
    if (schema > NEWEST) {
      throw new StoreException(
          "The backup was made by a newer Keyhold (schema version %d, this one knows up to %d): use that one."
              .formatted(schema, NEWEST));
    }
  }

  /// Runs the migrations that have not run yet. Where several nodes share the database, one does
  /// and the others wait for it.
  ///
  /// @throws StoreException when one fails
  static void run(ConnectionSource.Opener connections, Dialect dialect) {
    run(connections, dialect, NEWEST);
  }

  /// Runs those up to `version`, and no later one.
  ///
  /// @throws StoreException when one fails
  static void run(ConnectionSource.Opener connections, Dialect dialect, int version) {
    try {
      Flyway.configure()
          .dataSource(new ConnectionSource(connections))
          .locations("classpath:db/migration")
          .placeholders(dialect.migrationPlaceholders())
          .target(Integer.toString(version))
          .load()
          .migrate();
    } catch (FlywayException e) {
      throw new StoreException(
          "The database can't be brought to schema version " + version + ": " + reason(e), e);
    }
  }

  /// Flyway's own report is of many lines.
  private static String reason(FlywayException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        String why = String.valueOf(sql.getMessage()).lines().findFirst().orElse("");
        return FORBIDDEN.equals(sql.getSQLState())
            ? why + ". Make store.user the owner of the database: docs/stores.md."
            : why;
      }
    }
    return String.valueOf(failure.getMessage());
  }
}
