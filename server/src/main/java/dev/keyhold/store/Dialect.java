package dev.keyhold.store;

import java.sql.SQLException;
import java.util.Map;

/// What differs between the databases, beside how their connections are opened. All else is one SQL
/// text: `ON CONFLICT`, `RETURNING`, partial indexes, compare-and-set instead of row locks.
interface Dialect {
  /// What the migrations leave open.
  Map<String, String> migrationPlaceholders();

  /// SQL for the database's time, in milliseconds since 1970.
  String nowMillis();

  /// A query that has a row when there is a table of the name that is its parameter.
  String tableQuery();

  boolean isUniqueViolation(SQLException failure);

  /// A rule of the schema was broken: our mistake, and no reason to try again.
  boolean isConstraintViolation(SQLException failure);
}
