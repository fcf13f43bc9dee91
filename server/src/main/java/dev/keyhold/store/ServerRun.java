package dev.keyhold.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/// One run of a PostgreSQL as a primary, from its start, or the recovery from a crash, to its end,
/// and how far it had come. What it has committed stays committed as long as it runs: it is
/// rewound, restored and made a standby by a restart alone. Everybody may ask for it.
///
/// @param name of the run, and of the table of keys in it: when the server was started, when its
///   statistics began, which they do anew when it recovers from a crash without being started
///   again, and in which file the table is, which is another one for another database, or for one
///   that was emptied or made anew
/// @param written the end of its log, which never goes back
record ServerRun(String name, long written) {
  /// Reads them along with whatever a query asks for.
  static final String COLUMNS =
      "(SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE concat_ws(' ',"
          + " EXTRACT(EPOCH FROM pg_postmaster_start_time()),"
          + " (SELECT EXTRACT(EPOCH FROM stats_reset) FROM pg_stat_bgwriter),"
          + " pg_relation_filepath(to_regclass('cmk'))) END),"
          + " (SELECT CASE WHEN pg_is_in_recovery() THEN NULL"
          + " ELSE CAST(pg_current_wal_insert_lsn() - pg_lsn '0/0' AS BIGINT) END)";

  /// Before it, statistics are read from a file, for which a statement may have to wait.
  private static final int OLDEST = 15;

  private static final String STANDBY = "25006"; // what a change would be refused with

  /// Asks what the connection leads to. Empty when that does not tell: not all that speaks the
  /// protocol is a PostgreSQL, and the right to ask can be taken away.
  ///
  /// @throws SQLException when the connection is of no use, as one to a standby is
  static Optional<ServerRun> of(Connection connection) throws SQLException {
    var database = connection.getMetaData(); // the driver knows it from the login
    if (database.getDatabaseMajorVersion() < OLDEST
        || !isPostgres(database.getDatabaseProductVersion())) {
      return Optional.empty();
    }
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT " + COLUMNS)) {
      result.next();
      return Optional.of(of(new Row(result), 1));
    } catch (SQLException e) {
      if (PostgresDialect.isUnanswered(e)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /// @param column the first of [#COLUMNS]
  static ServerRun of(Row row, int column) throws SQLException {
    if (row.isNull(column)) {
      throw new SQLException("the connection leads to a standby", STANDBY);
    }
    return new ServerRun(row.text(column), row.number(column + 1));
  }

  /// `15.4 (Debian …)`, where others have `15.2-YB-2.25.0.0` or `13.0.0`. Data that is not in the
  /// server itself may be replaced behind it.
  static boolean isPostgres(String version) {
    return version.matches("\\d+\\.\\d+( .*)?");
  }
}
