package dev.keyhold.store;

import java.sql.SQLException;
import java.util.Map;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// What is SQLite's own.
final class SqliteDialect implements Dialect {
  static final Dialect INSTANCE = new SqliteDialect();

  private static final int PRIMARY_CODE_MASK = 0xff;

  private SqliteDialect() {}

  @Override
  public Map<String, String> migrationPlaceholders() {
    return Map.of("blob", "BLOB", "text", "TEXT");
  }

  @Override
  public String nowMillis() {
    return "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
  }

  @Override
  public String tableQuery() {
    return "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?";
  }

  @Override
  public boolean isUniqueViolation(SQLException failure) {
    return switch (code(failure)) {
      case SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY -> true;
      default -> false;
    };
  }

  @Override
  public boolean isConstraintViolation(SQLException failure) {
    int primary = code(failure).code & PRIMARY_CODE_MASK;
    return primary == SQLiteErrorCode.SQLITE_CONSTRAINT.code;
  }

  private static SQLiteErrorCode code(SQLException failure) {
    return failure instanceof SQLiteException known
        ? known.getResultCode()
        : SQLiteErrorCode.UNKNOWN_ERROR;
  }
}
