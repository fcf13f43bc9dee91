package dev.keyhold.store;

import dev.keyhold.audit.AuditRecords;
import dev.keyhold.error.KmsException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/// The table `audit_event`, read beside the server that writes it.
public final class SqlAuditRecords implements AuditRecords, AutoCloseable {
  private final Session session;

  private SqlAuditRecords(Session session) {
    this.session = session;
  }

  /// Opens the database of a data folder to read it, and leaves it as it is.
  ///
  /// @throws StoreException when it can't be read, or has no such table yet
  public static SqlAuditRecords of(Path dataFolder) {
    Path file = DataDirectory.databaseFile(dataFolder);
    try {
      var session =
          new Session(new SqliteConnections(file).onlooker(), false, SqliteDialect.INSTANCE);
      if (Migrations.schemaOf(session, SqliteDialect.INSTANCE).version() < Migrations.WITH_AUDIT) {
        session.close();
        throw new StoreException("The database " + file + " has no audit records yet.");
      }
      return new SqlAuditRecords(session);
    } catch (SQLException | IOException e) {
      throw new StoreException("The database " + file + " can't be read: " + e + ".", e);
    }
  }

  /// Opens a shared store to read it.
  ///
  /// @throws StoreException when it can't be read, or has no such table yet
  public static SqlAuditRecords of(PostgresSettings settings) {
    try {
      Session session = PostgresDatabase.spectator(settings);
      if (Migrations.schemaOf(session, PostgresDialect.INSTANCE).version()
          < Migrations.WITH_AUDIT) {
        session.close();
        throw new StoreException("The database has no audit records yet.");
      }
      return new SqlAuditRecords(session);
    } catch (SQLException | KmsException.Unavailable e) {
      throw PostgresDatabase.unreachable(e);
    }
  }

  @Override
  public List<Committed> after(Instant at, String id, int limit) {
    return after(session, at, id, limit);
  }

  /// The two columns are compared as one: with OR between them no database finds the place in its
  /// index, and each page would be looked for from the first record on.
  static List<Committed> after(Session session, Instant at, String id, int limit) {
    return session.list(
        row -> new Committed(Instant.ofEpochMilli(row.number(2)), row.text(1), row.text(3)),
        "SELECT id, recorded_at, record FROM audit_event"
            + " WHERE (recorded_at, id) > (?, ?) ORDER BY recorded_at, id LIMIT ?",
        at.toEpochMilli(),
        id,
        limit);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (SQLException e) {
      throw new StoreException("The database could not be closed: " + e + ".", e);
    }
  }
}
