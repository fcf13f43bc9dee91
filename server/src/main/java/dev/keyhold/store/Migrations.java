package dev.keyhold.store;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;
import java.util.Optional;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/// The schema and its versions: the numbered files of `db/migration`, of which none is ever changed
/// once released. Each runs in one transaction with the note that it has.
final class Migrations {
  /// The number of the newest file.
  static final int NEWEST = 5;

  private static final String HISTORY = "flyway_schema_history";

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
  static Schema schemaOf(Session session) {
    boolean untouched =
        session
            .first(
                row -> row.number(1),
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
                HISTORY)
            .isEmpty();
    if (untouched) {
      return new Schema(0, false);
    }
    record Step(String version, boolean success) {}
    List<Step> steps =
        session.list(
            row -> new Step(row.text(1), row.flag(2)),
            "SELECT version, success FROM " + HISTORY + " WHERE version IS NOT NULL");
    int version = steps.stream().mapToInt(step -> Integer.parseInt(step.version())).max().orElse(0);
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

  /// Runs the migrations that have not run yet.
  ///
  /// @throws StoreException when one fails
  static void run(SqliteConnections connections) {
    try {
      Flyway.configure()
          .dataSource(new ConnectionSource(connections))
          .locations("classpath:db/migration")
          .placeholders(SqliteDialect.MIGRATION_PLACEHOLDERS)
          .load()
          .migrate();
    } catch (FlywayException e) {
      throw new StoreException(
          "The database can't be brought to schema version " + NEWEST + ": " + e.getMessage(), e);
    }
  }

  /// The least of a `DataSource` that Flyway is content with.
  private record ConnectionSource(SqliteConnections connections) implements DataSource {
    @Override
    public Connection getConnection() throws SQLException {
      return connections.writer();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return getConnection();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
      return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
      return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      throw new SQLFeatureNotSupportedException("java.util.logging is not used");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      return Optional.of(this)
          .filter(type::isInstance)
          .map(type::cast)
          .orElseThrow(() -> new SQLException("not a " + type));
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return type.isInstance(this);
    }
  }
}
