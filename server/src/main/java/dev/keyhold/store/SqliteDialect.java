package dev.keyhold.store;

import java.sql.SQLException;
import java.util.Map;
import org.sqlite.SQLiteErrorCode;

/// What differs between the databases, beside how their connections are opened. All else is one SQL
/// text: `ON CONFLICT`, `RETURNING`, partial indexes, compare-and-set instead of row locks.
final class SqliteDialect {
  /// What the migrations leave open.
  static final Map<String, String> MIGRATION_PLACEHOLDERS = Map.of("blob", "BLOB");

  private static final int PRIMARY_CODE_MASK = 0xff;

  private SqliteDialect() {}

  static boolean isUniqueViolation(SQLException failure) {
    return failure.getErrorCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE.code
        || failure.getErrorCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_PRIMARYKEY.code;
  }

  /// A rule of the schema was broken: our mistake, and no reason to try again.
  static boolean isConstraintViolation(SQLException failure) {
    return (failure.getErrorCode() & PRIMARY_CODE_MASK) == SQLiteErrorCode.SQLITE_CONSTRAINT.code;
  }
}
