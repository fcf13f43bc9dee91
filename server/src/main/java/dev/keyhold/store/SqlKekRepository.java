package dev.keyhold.store;

import dev.keyhold.audit.AuditScope;
import dev.keyhold.seal.KekRepository;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;

/// KEKs in the `kek` table.
public final class SqlKekRepository implements KekRepository {
  static final String COLUMNS = "SELECT scope, version, wrapped FROM kek ";

  private final Database database;

  public SqlKekRepository(Database database) {
    this.database = database;
  }

  @Override
  public Optional<StoredKek> newest(String scope) {
    return database.queryCommitted(newestOf(scope));
  }

  @Override
  public Optional<StoredKek> find(String scope, int version) {
    return database.queryCommitted(numbered(scope, version));
  }

  @Override
  public boolean has(StoredKek kek) {
    return database.query(numbered(kek.scope(), kek.version())).filter(kek::equals).isPresent();
  }

  @Override
  public boolean isEmpty() {
    return database.queryCommitted(SqlKekRepository::isEmpty);
  }

  @Override
  public boolean inTransaction() {
    return database.inTransaction();
  }

  @Override
  public StoredKek insertIfAbsent(StoredKek kek) {
    if (database.inTransaction()) {
      throw new IllegalStateException("a KEK must be made before the transaction that uses it");
    }
    return AuditScope.aside(() -> insert(kek)); // a KEK comes of need, not of a call
  }

  private StoredKek insert(StoredKek kek) {
    return database.change(session -> {
      session.update(
          "INSERT INTO kek (scope, version, wrapped) VALUES (?, ?, ?)"
              + " ON CONFLICT (scope, version) DO NOTHING",
          kek.scope(),
          kek.version(),
          kek.wrapped());
      return numbered(kek.scope(), kek.version()).apply(session).orElseThrow();
    });
  }

  /// The KEKs that `session` sees, to be read only.
  static KekRepository over(Session session) {
    return new KekRepository() {
      @Override
      public Optional<StoredKek> newest(String scope) {
        return newestOf(scope).apply(session);
      }

      @Override
      public Optional<StoredKek> find(String scope, int version) {
        return numbered(scope, version).apply(session);
      }

      @Override
      public boolean isEmpty() {
        return SqlKekRepository.isEmpty(session);
      }

      @Override
      public StoredKek insertIfAbsent(StoredKek kek) {
        throw new IllegalStateException("nothing may be written yet");
      }
    };
  }

  private static Function<Session, Optional<StoredKek>> newestOf(String scope) {
    return session ->
        session.first(
            SqlKekRepository::kek,
            COLUMNS + "WHERE scope = ? ORDER BY version DESC LIMIT 1",
            scope);
  }

  private static Function<Session, Optional<StoredKek>> numbered(String scope, int version) {
    return session ->
        session.first(
            SqlKekRepository::kek, COLUMNS + "WHERE scope = ? AND version = ?", scope, version);
  }

  private static boolean isEmpty(Session session) {
    return session.first(row -> row.number(1), "SELECT 1 FROM kek LIMIT 1").isEmpty();
  }

  static StoredKek kek(Row row) throws SQLException {
    return new StoredKek(row.text(1), row.smallNumber(2), row.bytes(3));
  }
}
