package dev.keyhold.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/// Which store this is and how far it is. The position only ever grows: with every transaction of
/// an embedded store, and with every change of something that a node of a shared store may
/// remember.
///
/// @param store 32 hexadecimal digits; drawn at random at the first start after it was made or
///   restored, and empty before
public record StorePosition(String store, long position) {
  private static final String SELECT =
      "SELECT s.id, s.commits + p.value FROM store_identity s, change_position p";

  /// What is committed, and so durable.
  ///
  /// @throws dev.keyhold.error.KmsException.Unavailable when the database does not answer
  public static StorePosition of(Database database) {
    return database.queryCommitted(StorePosition::read);
  }

  /// Gives the store an id, unless it has one.
  public static void establish(Database database) {
    String id = UUID.randomUUID().toString().replace("-", "");
    database.change(
        session -> session.update("UPDATE store_identity SET id = ? WHERE id = ''", id));
  }

  /// Of an embedded store that is not opened.
  ///
  /// @return empty when its schema is older than positions
  public static Optional<StorePosition> of(Path database) {
    try (var session =
        new Session(new SqliteConnections(database).onlooker(), false, SqliteDialect.INSTANCE)) {
      return read(session, SqliteDialect.INSTANCE);
    } catch (SQLException | IOException e) {
      throw new StoreException("The database " + database + " can't be read: " + e + ".", e);
    }
  }

  /// Of a shared store that is not opened.
  ///
  /// @return empty when its schema is older than positions
  public static Optional<StorePosition> of(PostgresSettings settings) {
    try (var session = PostgresDatabase.spectator(settings)) {
      return read(session, PostgresDialect.INSTANCE);
    } catch (SQLException e) {
      throw PostgresDatabase.unreachable(e);
    }
  }

  private static Optional<StorePosition> read(Session session, Dialect dialect) {
    return Migrations.schemaOf(session, dialect).version() < Migrations.WITH_POSITION
        ? Optional.empty()
        : Optional.of(read(session));
  }

  private static StorePosition read(Session session) {
    return session
        .first(row -> new StorePosition(row.text(1), row.number(2)), SELECT)
        .orElseThrow(() -> new StoreException("The row of the table store_identity is missing."));
  }
}
