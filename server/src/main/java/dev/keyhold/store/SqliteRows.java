package dev.keyhold.store;

import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Builds an SQLite file from rows. It is good for nothing before [#finish].
final class SqliteRows implements RowSink, AutoCloseable {
  private final Connection connection;
  private final TableWriter writer;

  private SqliteRows(Connection connection) {
    this.connection = connection;
    this.writer = new TableWriter(connection);
  }

  /// @param file must not be there yet
  /// @param schema the version whose tables and columns the rows have
  static SqliteRows into(Path file, int schema) throws SQLException, IOException {
    PrivateFiles.create(file, new byte[0]);
    var connections = new SqliteConnections(file);
    Migrations.run(connections::writer, SqliteDialect.INSTANCE, schema);
    Connection connection = connections.writer();
    try (var statement = connection.createStatement()) {
      statement.execute("PRAGMA foreign_keys=OFF"); // checked at the end instead
      statement.execute("PRAGMA synchronous=OFF"); // forced at the end instead
      statement.execute("BEGIN");
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return new SqliteRows(connection);
  }

  @Override
  public void table(String name, List<String> columns) {
    writer.table(name, columns);
  }

  @Override
  public void row(List<Optional<Object>> values) {
    writer.row(values);
  }

  /// Checks what was built, and moves all of it into the one file. To be forced to the disk by the
  /// caller.
  ///
  /// @throws StoreException when a row refers to one that is missing
  void finish() throws SQLException {
    writer.finish();
    try (var statement = connection.createStatement()) {
      statement.execute("COMMIT");
      try (var missing = statement.executeQuery("PRAGMA foreign_key_check")) {
        if (missing.next()) {
          throw new StoreException(
              "A row of " + missing.getString(1) + " refers to a row that is missing.");
        }
      }
      statement.execute("PRAGMA synchronous=FULL");
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    connection.close();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
