package dev.keyhold.store;

import dev.keyhold.audit.AuditScope;
import dev.keyhold.feed.Change;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.SealCheck;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// KEKs in the `kek` table.
public final class SqlKekRepository implements KekRepository {
  static final String COLUMNS = "SELECT scope, version, wrapped FROM kek ";

  /// Whoever makes a KEK and whoever replaces the root key queue up here.
  private static final String HOLD_CHECK = "UPDATE kek SET wrapped = wrapped WHERE scope = ?";

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
  public StoredKek insertIfAbsent(StoredKek kek, Consumer<KekRepository> guard) {
    if (database.inTransaction()) {
      throw new IllegalStateException("a KEK must be made before the transaction that uses it");
    }
    return AuditScope.aside(() -> insert(kek, guard)); // a KEK comes of need, not of a call
  }

  /// All there are.
  public List<StoredKek> all() {
    return database.queryCommitted(SqlKekRepository::all);
  }

  /// Has all KEKs wrapped anew, in one transaction: all of them or none. None is made meanwhile.
  /// Nodes that share the store learn that the root key is another one.
  ///
  /// @param wrapping given all that are stored, gives what is to be stored of each in its place;
  ///   empty when nothing is to be done. May be called more than once
  /// @throws dev.keyhold.error.KmsException.Unavailable when it may have happened or not
  public void rewrap(Function<List<StoredKek>, Optional<Map<StoredKek, StoredKek>>> wrapping) {
    database.change(session -> {
      session.hold(HOLD_CHECK, SealCheck.SCOPE);
      List<StoredKek> before = all(session);
      wrapping
          .apply(before)
          .ifPresent(wrapped -> {
            before.forEach(kek -> replace(session, kek, required(wrapped, kek)));
            requireExactly(Set.copyOf(wrapped.values()), all(session));
            session.changed(Change.Kind.ROOT_KEY, SealCheck.SCOPE);
            session.eraseAfterCommit(); // the old root key is to open nothing that is left in the
            // files
          });
      return true;
    });
  }

  private static StoredKek required(Map<StoredKek, StoredKek> wrapped, StoredKek kek) {
    return Optional.ofNullable(wrapped.get(kek))
        .orElseThrow(() -> new IllegalStateException("a KEK of " + kek.scope() + " is left out"));
  }

  private static void replace(Session session, StoredKek kek, StoredKek by) {
    int rows =
        session.update(
            "UPDATE kek SET version = ?, wrapped = ? WHERE scope = ? AND version = ?",
            by.version(),
            by.wrapped(),
            kek.scope(),
            kek.version());
    if (rows != 1) {
      throw new IllegalStateException(rows + " rows of " + kek.scope() + " would have changed");
    }
  }

  private static void requireExactly(Set<StoredKek> wanted, List<StoredKek> stored) {
    if (stored.size() != wanted.size() || !wanted.containsAll(stored)) {
      throw new IllegalStateException("the store does not give back what was written");
    }
  }

  private StoredKek insert(StoredKek kek, Consumer<KekRepository> guard) {
    return database.change(session -> {
      session.hold(HOLD_CHECK, SealCheck.SCOPE);
      guard.accept(over(session));
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
      public StoredKek insertIfAbsent(StoredKek kek, Consumer<KekRepository> guard) {
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

  private static List<StoredKek> all(Session session) {
    return session.list(SqlKekRepository::kek, COLUMNS + "ORDER BY scope, version");
  }

  private static boolean isEmpty(Session session) {
    return session.first(row -> row.number(1), "SELECT 1 FROM kek LIMIT 1").isEmpty();
  }

  static StoredKek kek(Row row) throws SQLException {
    return new StoredKek(row.text(1), row.smallNumber(2), row.bytes(3));
  }
}
