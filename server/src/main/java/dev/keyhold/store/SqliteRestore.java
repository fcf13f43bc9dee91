package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Builds the database of a data folder from rows. It is built under another name and gets its own
/// in [#finish]: what was restored in part is never opened.
public final class SqliteRestore implements RowSink, AutoCloseable {
  private final DataDirectory directory;
  private final Path building;
  private final Connection connection;
  private @Nullable PreparedStatement insert;

  private SqliteRestore(DataDirectory directory, Path building, Connection connection) {
    this.directory = directory;
    this.building = building;
    this.connection = connection;
  }

  /// @param directory has no database yet
  /// @param schema the version whose tables and columns the rows have
  /// @throws StoreException when it has, or this Keyhold does not know the schema
  public static SqliteRestore into(DataDirectory directory, int schema) {
    if (directory.hasDatabase()) {
      throw new StoreException(
          "There is a database in " + directory.path() + " already: it is kept.");
    }
    if (schema > Migrations.NEWEST) {
      throw new StoreException(
          "The backup was made by a newer Keyhold (schema version %d, this one knows up to %d): use that one."
              .formatted(schema, Migrations.NEWEST));
    }
    Path building = directory.path().resolve("restore.db");
    try {
      SnapshotFile.at(building).delete(); // of a restore that was broken off
      PrivateFiles.create(building, new byte[0]);
      var connections = new SqliteConnections(building);
      Migrations.run(connections::writer, SqliteDialect.INSTANCE, schema);
      Connection connection = connections.writer();
      try (var statement = connection.createStatement()) {
        statement.execute("PRAGMA foreign_keys=OFF"); // checked at the end instead
        statement.execute("PRAGMA synchronous=OFF"); // forced at the end instead
        statement.execute("BEGIN");
      }
      return new SqliteRestore(directory, building, connection);
    } catch (SQLException | IOException e) {
      throw failed(building, e);
    }
  }

  @Override
  public void table(String name, List<String> columns) {
    try {
      closeInsert();
      try (var statement = connection.createStatement()) {
        statement.execute("DELETE FROM " + SnapshotFile.quoted(name));
      }
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
      throw failed(building, e);
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
      into.executeUpdate();
    } catch (SQLException e) {
      throw failed(building, e);
    }
  }

  /// Checks what was built, makes it durable and gives it its name.
  ///
  /// @param guard looks at its KEKs, and throws to prevent that
  public void finish(Consumer<KekRepository> guard) {
    try {
      closeInsert();
      try (var statement = connection.createStatement()) {
        statement.execute("COMMIT");
        requireNothing(connection, "PRAGMA foreign_key_check", "refers to a row that is missing");
        statement.execute("PRAGMA synchronous=FULL");
        statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      connection.close();
      SnapshotFile.at(building).keks(guard);
      Path file = DataDirectory.databaseFile(directory.path());
      sync(building);
      Files.move(building, file, StandardCopyOption.ATOMIC_MOVE);
      sync(directory.path());
    } catch (SQLException | IOException e) {
      throw failed(building, e);
    }
  }

  private static void requireNothing(Connection connection, String check, String what)
      throws SQLException {
    try (var statement = connection.createStatement();
        var result = statement.executeQuery(check)) {
      if (result.next()) {
        throw new StoreException("A row of " + result.getString(1) + " " + what + ".");
      }
    }
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void closeInsert() throws SQLException {
    PreparedStatement open = insert;
    insert = null;
    if (open != null) {
      open.close();
    }
  }

  /// Removes what was built, unless it was finished.
  @Override
  public void close() {
    try {
      connection.close();
      SnapshotFile.at(building).delete();
    } catch (SQLException | IOException e) {
      throw failed(building, e);
    }
  }

  private static StoreException failed(Path building, Exception e) {
    return new StoreException("The database " + building + " can't be built: " + e + ".", e);
  }
}
