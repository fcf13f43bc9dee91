package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Writes rows into the tables that they come from, in the transaction of a connection. What a
/// migration has put there is replaced.
final class TableWriter implements RowSink {
  private static final int BATCH = 500;

  private final Connection connection;
  private @Nullable PreparedStatement insert;
  private String table = "";
  private int waiting;

  /// @param connection stays the caller's
  TableWriter(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void table(String name, List<String> columns) {
    finish();
    table = name;
    try (var statement = connection.createStatement()) {
      statement.execute("DELETE FROM " + SnapshotFile.quoted(name));
      insert =
          connection.prepareStatement(
              "INSERT INTO "
                  + SnapshotFile.quoted(name)
                  + columns.stream()
                      .map(SnapshotFile::quoted)
                      .collect(Collectors.joining(", ", " (", ") VALUES ("))
                  + String.join(", ", Collections.nCopies(columns.size(), "?"))
                  + ")");
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  @Override
  public void row(List<Optional<Object>> values) {
    PreparedStatement into = insert;
    if (into == null) {
      throw new IllegalStateException("a row before its table");
    }
    try {
      for (int i = 0; i < values.size(); i++) {
        into.setObject(
            i + 1,
            values
                .get(i)
                .map(value -> value instanceof Bytes blob ? blob.lent() : value)
                .orElse(null));
      }
      into.addBatch();
      if (++waiting == BATCH) {
        flush(into);
      }
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /// Writes what is not written yet.
  ///
  /// @throws StoreException when a row does not fit its table
  void finish() {
    PreparedStatement open = insert;
    insert = null;
    if (open != null) {
      try (open) {
        flush(open);
      } catch (SQLException e) {
        throw failed(e);
      }
    }
  }

  private void flush(PreparedStatement into) throws SQLException {
    if (waiting > 0) {
      into.executeBatch();
      waiting = 0;
    }
  }

  private StoreException failed(SQLException e) {
    return new StoreException("The table " + table + " can't be written: " + e + ".", e);
  }
}
