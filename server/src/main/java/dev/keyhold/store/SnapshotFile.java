package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsException;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/// A copy of the whole store as it was at one moment, in an SQLite file, whatever the store is.
public final class SnapshotFile {
  /// What belongs to a node or to the schema and not to the data: never in a backup.
  private static final Set<String> LEFT_OUT =
      Set.of(Migrations.HISTORY, "change_position", "change_feed", "lease", "store_identity");

  private static final int FETCHED = 500;

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
  /// @param progress given the number of bytes there are, gives who is told how many are done
  /// @throws StoreException when the database can't be read or the copy can't be written
  public static SnapshotFile ofSqlite(
      Path database, Path file, LongFunction<LongConsumer> progress) {
    try {
      PrivateFiles.create(file, new byte[0]);
      try (Connection connection = new SqliteConnections(database).copier();
          PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
        long total = bytes(connection);
        LongConsumer told = progress.apply(total);
        copy.setString(1, file.toString());
        try (var _ = new FileGrowth(file, told)) {
          copy.execute();
        }
        told.accept(total);
      }
      return new SnapshotFile(file);
    } catch (SQLException | IOException e) {
      throw new StoreException("The database " + database + " can't be copied: " + e + ".", e);
    }
  }

  /// What of a database is in use.
  private static long bytes(Connection connection) throws SQLException {
    try (PreparedStatement size =
            connection.prepareStatement(
                "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(),"
                    + " pragma_freelist_count(), pragma_page_size()");
        ResultSet result = size.executeQuery()) {
      result.next();
      return result.getLong(1);
    }
  }

  /// Copies a shared store, whether servers are working on it or not, from one transaction that
  /// sees one moment of it.
  ///
  /// @param file must not be there yet
  /// @param progress given the number of rows there are, gives who is told how many are done
  /// @throws StoreException when the database can't be read or the copy can't be written
  public static SnapshotFile ofPostgres(
      PostgresSettings settings, Path file, LongFunction<LongConsumer> progress) {
    var connections = new PostgresConnections(settings);
    try (Connection connection = connections.openForCopy()) {
      connections.requireUsable(connection);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      var session = new Session(connection, false, PostgresDialect.INSTANCE);
      try (var rows = SqliteRows.into(file, wholeSchema(session, PostgresDialect.INSTANCE))) {
        List<String> tables = SnapshotFile.at(file).tables();
        var done = new Counter(rows, progress.apply(count(session, tables)));
        for (String table : tables) {
          read(connection, "SELECT * FROM " + quoted(table), table, done);
        }
        rows.finish();
      }
      return new SnapshotFile(file);
    } catch (SQLException | IOException | KmsException.Unavailable e) {
      throw PostgresDatabase.unreachable(e);
    }
  }

  private record Counter(RowSink sink, LongConsumer progress, AtomicLong done) implements RowSink {
    Counter(RowSink sink, LongConsumer progress) {
      this(sink, progress, new AtomicLong());
    }

    @Override
    public void table(String name, List<String> columns) {
      sink.table(name, columns);
    }

    @Override
    public void row(List<Optional<Object>> values) {
      sink.row(values);
      progress.accept(done.incrementAndGet());
    }
  }

  /// The version of the schema.
  ///
  /// @throws StoreException when it is of a newer Keyhold, or a migration has failed halfway
  public int schema() {
    return reading(session -> wholeSchema(session, SqliteDialect.INSTANCE));
  }

  private static int wholeSchema(Session session, Dialect dialect) {
    var schema = Migrations.schemaOf(session, dialect);
    if (!schema.hasKeks() || !schema.complete()) {
      throw new StoreException("The database is not whole: start the server on it first.");
    }
    return schema.version();
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
    return reading(session -> count(session, tables(session)));
  }

  private static long count(Session session, List<String> tables) {
    return tables.stream()
        .mapToLong(table ->
            session
                .first(row -> row.number(1), "SELECT COUNT(*) FROM " + quoted(table))
                .orElseThrow())
        .sum();
  }

  /// Gives all rows to `sink`, in an order that depends on the file alone; a table after those that
  /// it refers to.
  public void read(RowSink sink) {
    List<String> tables = tables();
    try (Connection connection = new SqliteConnections(file).reader()) {
      for (String table : tables) {
        read(connection, "SELECT * FROM " + quoted(table) + " ORDER BY rowid", table, sink);
      }
    } catch (SQLException e) {
      throw new StoreException("The snapshot " + file + " can't be read: " + e + ".", e);
    }
  }

  private static void read(Connection connection, String query, String table, RowSink sink)
      throws SQLException {
    try (PreparedStatement select = fetching(connection.prepareStatement(query));
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

  /// So that PostgreSQL's driver does not hold a whole table in memory.
  private static PreparedStatement fetching(PreparedStatement select) throws SQLException {
    select.setFetchSize(FETCHED);
    return select;
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

  private List<String> tables() {
    return reading(SnapshotFile::tables);
  }

  /// The tables that backups have, in the order in which they were made.
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
