package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsException;
import dev.keyhold.feed.Change;
import dev.keyhold.iam.AlteredIdentityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection, lent to one thread at a time, with the statements it has prepared.
///
/// Parameters are bound by position: text, whole numbers, flags (as 0 and 1), [Bytes], and
/// `Optional` of these, whose absence is NULL. A failing database is [KmsException.Unavailable], a
/// broken schema rule an `IllegalStateException`, a row that does not parse a
/// [DamagedRowException].
public final class Session implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Session.class);
  private static final String DEPENDENCY = "the key store";

  private static final String RETURNING = " RETURNING ";

  private final Connection connection;
  private final boolean writable;
  private final Dialect dialect;
  private final StatementCache statements = new StatementCache();

  // The first failure that was no broken rule. The database may have undone the transaction by
  // itself then, as for a full disk; what came after would be outside any.
  private @Nullable SQLException failure;

  private long rowsChanged;

  // Set by a unit of work, taken by the writer after its commit.
  private boolean erasureWanted;

  // Noted by units of work, taken when their transaction is about to be committed.
  private Set<Change> changes = new LinkedHashSet<>();

  Session(Connection connection, boolean writable, Dialect dialect) {
    this.connection = connection;
    this.writable = writable;
    this.dialect = dialect;
  }

  static KmsException.Unavailable unavailable(Throwable cause) {
    return new KmsException.Unavailable(DEPENDENCY, cause);
  }

  boolean isWritable() {
    return writable;
  }

  /// Runs a statement that returns no rows.
  ///
  /// @return how many rows it changed
  int update(String sql, Object... parameters) {
    try {
      return changed(bound(sql, parameters).executeUpdate());
    } catch (SQLException e) {
      throw translated(e);
    }
  }

  /// Runs an update that changes nothing, to have its rows to ourselves: no change of which a
  /// record is due.
  ///
  /// @return how many rows are held until the end of the transaction
  int hold(String sql, Object... parameters) {
    try {
      return bound(sql, parameters).executeUpdate();
    } catch (SQLException e) {
      throw translated(e);
    }
  }

  /// Like [#update], for statements that may well break a rule of uniqueness. The unit of work is
  /// lost when one does: PostgreSQL takes no more of it.
  ///
  /// @param taken makes what is thrown then
  int updateUnlessTaken(
      Supplier<? extends RuntimeException> taken, String sql, Object... parameters) {
    try {
      return changed(bound(sql, parameters).executeUpdate());
    } catch (SQLException e) {
      throw dialect.isUniqueViolation(e) ? taken.get() : translated(e);
    }
  }

  <T> List<T> list(Row.Mapper<T> mapper, String sql, Object... parameters) {
    try (ResultSet result = bound(sql, parameters).executeQuery()) {
      var row = new Row(result);
      var values = new ArrayList<T>();
      while (result.next()) {
        values.add(mapped(mapper, row, sql));
      }
      if (sql.contains(RETURNING)) {
        changed(values.size());
      }
      return List.copyOf(values);
    } catch (SQLException e) {
      throw translated(e);
    }
  }

  /// Like [#list] for what is shown together, the id in the first column: a row that does not parse
  /// is reported and left out, and hides no other.
  <T> List<T> listSound(Row.Mapper<T> mapper, String sql, Object... parameters) {
    return list(row -> soundOne(mapper, row, sql), sql, parameters).stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /// One row of a listing; empty when it does not parse, which is reported.
  static <T> Optional<T> soundOne(Row.Mapper<T> mapper, Row row, String sql) throws SQLException {
    try {
      return Optional.of(mapped(mapper, row, sql));
    } catch (DamagedRowException | AlteredIdentityException damaged) {
      log.error(
          "the row of {} is left out of a listing: {}",
          row.isNull(1) ? "nobody" : row.text(1),
          damaged.getCause() == null ? damaged.getMessage() : damaged.getCause().getMessage());
      return Optional.empty();
    }
  }

  /// The first row of a query, or of a statement with `RETURNING`, that has at most one.
  <T> Optional<T> first(Row.Mapper<T> mapper, String sql, Object... parameters) {
    List<T> rows = list(mapper, sql, parameters);
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
  }

  /// Runs a bare command, such as `BEGIN`.
  void command(String sql) throws SQLException {
    statements.get(sql).execute();
  }

  /// Begins a transaction, for databases that do so by JDBC.
  void begin() throws SQLException {
    connection.setAutoCommit(false);
  }

  void commit() throws SQLException {
    connection.commit();
  }

  /// Commits, and tells what the database has to say against it.
  Optional<SQLWarning> commitHeedingWarnings() throws SQLException {
    connection.clearWarnings();
    connection.commit();
    return Optional.ofNullable(connection.getWarnings());
  }

  /// Ends the transaction without its changes, or the connection with it.
  void rollback() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      if (failure == null) {
        failure = e;
      }
    }
  }

  /// Runs `work` so that its failure, which is thrown on, undoes its own changes alone.
  ///
  /// @throws SQLException when the transaction around it is lost
  <T> T inSavepoint(Function<Session, T> work) throws SQLException {
    command("SAVEPOINT unit");
    T value;
    try {
      value = work.apply(this);
    } catch (Throwable e) {
      requireIntact();
      command("ROLLBACK TO unit");
      command("RELEASE unit");
      throw e;
    }
    requireIntact();
    command("RELEASE unit");
    return value;
  }

  /// How many rows statements have changed so far, even if that was undone since.
  long rowsChanged() {
    return rowsChanged;
  }

  private int changed(int rows) {
    rowsChanged += rows;
    return rows;
  }

  /// Asks the writer to overwrite, once this transaction is committed, what its older versions left
  /// in the files.
  void eraseAfterCommit() {
    erasureWanted = true;
  }

  boolean takeErasure() {
    boolean wanted = erasureWanted;
    erasureWanted = false;
    return wanted;
  }

  /// Notes that something is another now which nodes may hold in memory. It reaches the change feed
  /// of a shared store with the commit; what is noted and then undone is one reload too many.
  void changed(Change.Kind kind, String id) {
    changes.add(new Change(kind, id));
  }

  Set<Change> takeChanges() {
    Set<Change> taken = changes;
    changes = new LinkedHashSet<>();
    return taken;
  }

  /// SQL for the database's time, in milliseconds since 1970.
  String nowMillis() {
    return dialect.nowMillis();
  }

  /// Stays this session's.
  Connection connection() {
    return connection;
  }

  @Override
  public void close() throws SQLException {
    connection.close(); // and its statements
  }

  /// The first failure of the database that was no broken rule.
  Optional<SQLException> failure() {
    return Optional.ofNullable(failure);
  }

  /// @throws SQLException when the database has failed since this session began
  void requireIntact() throws SQLException {
    SQLException first = failure;
    if (first != null) {
      throw first;
    }
  }

  private PreparedStatement bound(String sql, Object... parameters) throws SQLException {
    requireIntact();
    PreparedStatement statement = statements.get(sql);
    for (int i = 0; i < parameters.length; i++) {
      bind(statement, i + 1, parameters[i]);
    }
    return statement;
  }

  private static void bind(PreparedStatement statement, int index, Object value)
      throws SQLException {
    switch (value) {
      case String text -> statement.setString(index, text);
      case Integer number -> statement.setLong(index, number);
      case Long number -> statement.setLong(index, number);
      case Boolean flag -> statement.setLong(index, flag ? 1 : 0);
      case Bytes bytes -> statement.setBytes(index, bytes.lent());
      case Optional<?> optional -> {
        if (optional.isPresent()) {
          bind(statement, index, optional.get());
        } else {
          statement.setObject(index, null);
        }
      }
      default -> throw new IllegalArgumentException("no SQL form for " + value.getClass());
    }
  }

  private static <T> T mapped(Row.Mapper<T> mapper, Row row, String sql) throws SQLException {
    try {
      return mapper.map(row);
    } catch (IllegalArgumentException e) {
      throw new DamagedRowException("A stored row does not parse, met by: " + sql, e);
    }
  }

  private RuntimeException translated(SQLException thrown) {
    if (dialect.isConstraintViolation(thrown)) {
      return new IllegalStateException("a rule of the schema was broken", thrown);
    }
    if (failure == null) {
      failure = thrown;
    }
    return unavailable(thrown);
  }

  /// The least recently used is closed: how many shapes a listing's query has is up to its callers.
  private final class StatementCache {
    private static final int MAX_STATEMENTS = 96;

    private final Map<String, PreparedStatement> prepared = new LinkedHashMap<>(64, 0.75f, true);

    PreparedStatement get(String sql) throws SQLException {
      PreparedStatement known = prepared.get(sql);
      if (known != null) {
        return known;
      }
      if (prepared.size() >= MAX_STATEMENTS) {
        var eldest = prepared.entrySet().iterator();
        try (Statement _ = eldest.next().getValue()) {
          eldest.remove();
        }
      }
      PreparedStatement made = connection.prepareStatement(sql);
      prepared.put(sql, made);
      return made;
    }
  }
}
