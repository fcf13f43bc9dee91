package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// A copy of the whole store as it was at one moment, in an SQLite file, whatever the store is.
public final class SnapshotFile {
  /// What belongs to a node or to the schema and not to the data: never in a backup.
  private static final Set<String> LEFT_OUT =
      Set.of(Migrations.HISTORY, "change_position", "change_feed", "lease");

  private final Path file;

  private SnapshotFile(Path file) {
    this.file = file;
  }

  /// @param file made by [#ofSqlite] before
  public static SnapshotFile at(Path file) {
    return new SnapshotFile(file);
  }

  /// Copies an embedded store, whether a server is working on it or not.
  ///
  /// @param database its file
  /// @param file must not be there yet
  /// @throws StoreException when the database can't be read or the copy can't be written
  public static SnapshotFile ofSqlite(Path database, Path file) {
    try {
      PrivateFiles.create(file, new byte[0]);
      try (Connection connection = new SqliteConnections(database).copier();
          PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
        copy.setString(1, file.toString());
        copy.execute();
      }
      return new SnapshotFile(file);
    } catch (SQLException | IOException e) {
      throw new StoreException("The database " + database + " can't be copied: " + e + ".", e);
    }
  }

  /// The version of the schema.
  ///
  /// @throws StoreException when it is of a newer Keyhold, or a migration has failed halfway
  public int schema() {
    return reading(session -> {
      var schema = Migrations.schemaOf(session, SqliteDialect.INSTANCE);
      if (!schema.hasKeks() || !schema.complete()) {
        throw new StoreException("The database is not whole: start the server on it first.");
      }
      return schema.version();
    });
  }

  /// Lends the KEKs, to check a root key with.
  public void keks(Consumer<KekRepository> check) {
    reading(session -> {
      check.accept(SqlKekRepository.over(session));
      return true;
    });
  }

  /// How many rows [#read] will give.
  public long rows() {
    return reading(session ->
        tables(session).stream()
            .mapToLong(table ->
                session
                    .first(row -> row.number(1), "SELECT COUNT(*) FROM " + quoted(table))
                    .orElseThrow())
            .sum());
  }

  /// Gives all rows to `sink`, in an order that depends on the file alone; a table after those that
  /// it refers to.
  public void read(RowSink sink) {
    List<String> tables = reading(SnapshotFile::tables);
    try (Connection connection = new SqliteConnections(file).reader()) {
      for (String table : tables) {
        read(connection, table, sink);
      }
    } catch (SQLException e) {
      throw new StoreException("The snapshot " + file + " can't be read: " + e + ".", e);
    }
  }

  private static void read(Connection connection, String table, RowSink sink) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT * FROM " + quoted(table) + " ORDER BY rowid");
        ResultSet result = select.executeQuery()) {
      var names = new ArrayList<String>();
      int columns = result.getMetaData().getColumnCount();
      for (int i = 1; i <= columns; i++) {
        names.add(result.getMetaData().getColumnName(i));
      }
      sink.table(table, List.copyOf(names));
      while (result.next()) {
        var values = new ArrayList<Optional<Object>>(columns);
        for (int i = 1; i <= columns; i++) {
          values.add(value(result, table, i));
        }
        sink.row(values);
      }
    }
  }

  private static Optional<Object> value(ResultSet result, String table, int column)
      throws SQLException {
    return Optional.ofNullable(result.getObject(column))
        .map(value ->
            switch (value) {
              case Integer number -> number.longValue();
              case Long number -> number;
              case String text -> text;
              case byte[] blob -> Bytes.owning(blob);
              default ->
                  throw new StoreException(
                      "The table " + table + " has a value that no Keyhold writes.");
            });
  }

  private static List<String> tables(Session session) {
    return session
        .list(
            row -> row.text(1),
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                + " ORDER BY rowid")
        .stream()
        .filter(table -> !LEFT_OUT.contains(table))
        .toList();
  }

  private <T> T reading(Function<Session, T> work) {
    try (var session =
        new Session(new SqliteConnections(file).reader(), false, SqliteDialect.INSTANCE)) {
      return work.apply(session);
    } catch (SQLException e) {
      throw new StoreException("The snapshot " + file + " can't be read: " + e + ".", e);
    }
  }

  /// @throws StoreException for a name that no schema of ours has
  static String quoted(String name) {
    if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new StoreException("There is no table or column " + name + " in any schema.");
    }
    return '"' + name + '"';
  }

  /// Removes the file and what SQLite has put beside it.
  public void delete() throws IOException {
    for (String end : List.of("", "-wal", "-shm", "-journal")) {
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + end));
    }
  }
}
