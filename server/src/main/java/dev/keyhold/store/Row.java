package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The row a query stands on, its columns counted from 1. A value that the schema says is there and
/// is not makes the row a damaged one.
final class Row {
  /// Makes a value of the domain of a row.
  @FunctionalInterface
  interface Mapper<T> {
    T map(Row row) throws SQLException;
  }

  private final ResultSet result;

  Row(ResultSet result) {
    this.result = result;
  }

  boolean isNull(int column) throws SQLException {
    return result.getObject(column) == null;
  }

  String text(int column) throws SQLException {
    return present(column, result.getString(column));
  }

  long number(int column) throws SQLException {
    return optionalNumber(column).orElseThrow(() -> absent(column));
  }

  int smallNumber(int column) throws SQLException {
    return optionalSmallNumber(column).orElseThrow(() -> absent(column));
  }

  Optional<Integer> optionalSmallNumber(int column) throws SQLException {
    return optionalNumber(column).map(number -> small(column, number));
  }

  private static int small(int column, long number) {
    if (number != (int) number) {
      throw new IllegalArgumentException("column " + column + " is out of range");
    }
    return (int) number;
  }

  boolean flag(int column) throws SQLException {
    long number = number(column);
    if (number != 0 && number != 1) {
      throw new IllegalArgumentException("column " + column + " is neither 0 nor 1");
    }
    return number == 1;
  }

  Optional<Long> optionalNumber(int column) throws SQLException {
    long number = result.getLong(column);
    return result.wasNull() ? Optional.empty() : Optional.of(number);
  }

  Bytes bytes(int column) throws SQLException {
    return Bytes.owning(present(column, result.getBytes(column)));
  }

  Optional<Bytes> optionalBytes(int column) throws SQLException {
    return Optional.ofNullable(result.getBytes(column)).map(Bytes::owning);
  }

  private static <T> T present(int column, @Nullable T value) {
    if (value == null) {
      throw absent(column);
    }
    return value;
  }

  private static IllegalArgumentException absent(int column) {
    return new IllegalArgumentException("column " + column + " is absent");
  }
}
