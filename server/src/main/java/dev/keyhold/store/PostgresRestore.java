package dev.keyhold.store;

import dev.keyhold.error.KmsException;
import dev.keyhold.seal.KekRepository;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Fills an empty PostgreSQL from rows, in one transaction: a server that looks meanwhile finds
/// nothing. One that makes itself at home there while the restore runs meets it at the seal's check
/// value, whose row both insert; the second of them fails.
public final class PostgresRestore implements RestoreTarget {
  private final Connection connection;
  private final Session session;
  private final TableWriter writer;

  private PostgresRestore(Connection connection, Session session) {
    this.connection = connection;
    this.session = session;
    this.writer = new TableWriter(connection);
  }

  /// @param schema the version whose tables and columns the rows have
  /// @throws StoreException when there is a Keyhold in the database, it can't be used, or this
  ///   Keyhold does not know the schema
  public static PostgresRestore into(PostgresSettings settings, int schema) {
    Migrations.requireKnown(schema);
    var connections = new PostgresConnections(settings);
    try {
      Connection connection = connections.openForCopy();
      try {
        connections.requireUsable(connection);
        var session = new Session(connection, true, PostgresDialect.INSTANCE);
        prepare(connections, session, schema);
        session.begin();
        return new PostgresRestore(connection, session);
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException | KmsException.Unavailable e) {
      throw PostgresDatabase.unreachable(e);
    }
  }

  /// Brings the tables to `schema`, unless that would change a store.
  private static void prepare(PostgresConnections connections, Session session, int schema) {
    var present = Migrations.schemaOf(session, PostgresDialect.INSTANCE);
    if (present.hasKeks() && !SqlKekRepository.over(session).isEmpty()) {
      throw inUse();
    }
    if (present.version() > schema) {
      throw new StoreException(
          "The database has the tables of schema version %d, and the backup is of version %d: restore it into an empty database."
              .formatted(present.version(), schema));
    }
    if (present.version() < schema || !present.complete()) {
      Migrations.run(connections::openForMigration, PostgresDialect.INSTANCE, schema);
    }
  }

  private static StoreException inUse() {
    return new StoreException("There is a Keyhold in the database already: it is kept.");
  }

  @Override
  public void table(String name, List<String> columns) {
    String any = "SELECT 1 FROM " + SnapshotFile.quoted(name) + " LIMIT 1";
    if (session.first(row -> true, any).isPresent()) {
      throw inUse();
    }
    writer.table(name, columns);
  }

  @Override
  public void row(List<Optional<Object>> values) {
    writer.row(values);
  }

  @Override
  public void finish(Consumer<KekRepository> guard) {
    writer.finish();
    guard.accept(SqlKekRepository.over(session));
    try {
      session.commit();
    } catch (SQLException e) {
      throw PostgresDatabase.unreachable(e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close(); // and with it the transaction, unless it was committed
    } catch (SQLException e) {
      throw PostgresDatabase.unreachable(e);
    }
  }
}
