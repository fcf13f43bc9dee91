package dev.keyhold.store;

import java.sql.SQLException;
import java.util.Map;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// What differs between the databases, beside how their connections are opened. All else is one SQL
/// text: `ON CONFLICT`, `RETURNING`, partial indexes, compare-and-set instead of row locks.
final class SqliteDialect {
  /// What the migrations leave open.
  static final Map<String, String> MIGRATION_PLACEHOLDERS = Map.of("blob", "BLOB");

  static final String NOW_MILLIS = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

  private static final int PRIMARY_CODE_MASK = 0xff;

  private SqliteDialect() {}

  static boolean isUniqueViolation(SQLException failure) {
    return switch (code(failure)) {
      case SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY -> true;
      default -> false;
    };
  }

  /// A rule of the schema was broken: our mistake, and no reason to try again.
  static boolean isConstraintViolation(SQLException failure) {
    int primary = code(failure).code & PRIMARY_CODE_MASK;
    return primary == SQLiteErrorCode.SQLITE_CONSTRAINT.code;
  }

  private static SQLiteErrorCode code(SQLException failure) {
    return failure instanceof SQLiteException known
        ? known.getResultCode()
        : SQLiteErrorCode.UNKNOWN_ERROR;
  }
}
