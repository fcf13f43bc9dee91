package dev.keyhold.store;

import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Map;
import java.util.Set;

/// What is PostgreSQL's own: mostly the codes of its errors (PostgreSQL documentation, appendix A).
final class PostgresDialect implements Dialect {
  static final Dialect INSTANCE = new PostgresDialect();

  private static final String UNIQUE_VIOLATION = "23505";
  private static final String CONSTRAINT_CLASS = "23";
  private static final Set<String> CONFLICTS = Set.of("40001", "40P01");
  private static final String OUTCOME_UNKNOWN = "40003"; // of the SQL standard
  private static final String CONNECTION_CLASS = "08";
  private static final String RESOURCES_CLASS = "53";
  private static final String INTERVENTION_CLASS = "57"; // by an operator, or a time limit

  /// Ended by an administrator, a crash or a time limit; or a primary that has become a standby.
  private static final Set<String> ENDED = Set.of("57P01", "57P02", "57P03", "25P03", "25006");

  private PostgresDialect() {}

  /// Texts are compared byte by byte, as SQLite does it: the order of a listing, and of an index,
  /// must not change with the operating system's idea of a language.
  @Override
  public Map<String, String> migrationPlaceholders() {
    return Map.of("blob", "BYTEA", "text", "TEXT COLLATE \"C\"");
  }

  /// The time of the clock, where `now()` is that of the transaction's beginning.
  @Override
  public String nowMillis() {
    return "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)";
  }

  @Override
  public String tableQuery() {
    return "SELECT 1 FROM information_schema.tables"
        + " WHERE table_schema = current_schema() AND table_name = ?";
  }

  @Override
  public boolean isUniqueViolation(SQLException failure) {
    return UNIQUE_VIOLATION.equals(failure.getSQLState());
  }

  @Override
  public boolean isConstraintViolation(SQLException failure) {
    return state(failure).startsWith(CONSTRAINT_CLASS);
  }

  /// The transaction was given up in favour of another one: run again, it may well succeed.
  static boolean isConflict(SQLException failure) {
    return CONFLICTS.contains(state(failure));
  }

  /// The connection is of no use any more; another one may be.
  static boolean isConnectionLost(SQLException failure) {
    return state(failure).startsWith(CONNECTION_CLASS) || ENDED.contains(state(failure));
  }

  /// It says nothing of the statement: the connection is lost, or the server has too little room,
  /// was too slow, or is going down.
  static boolean isUnanswered(SQLException failure) {
    return isConnectionLost(failure)
        || state(failure).startsWith(RESOURCES_CLASS)
        || state(failure).startsWith(INTERVENTION_CLASS);
  }

  /// It broke while a commit was on its way: it may have been made, or not.
  static boolean isOutcomeUnknown(SQLException failure) {
    return OUTCOME_UNKNOWN.equals(failure.getSQLState());
  }

  static SQLException outcomeUnknown(SQLException cause) {
    String what =
        cause instanceof SQLWarning
            ? "a commit may not last: " + cause.getMessage()
            : "the connection broke while a commit was on its way";
    return new SQLException(what, OUTCOME_UNKNOWN, cause);
  }

  private static String state(SQLException failure) {
    return String.valueOf(failure.getSQLState());
  }
}
