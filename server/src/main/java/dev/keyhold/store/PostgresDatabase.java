package dev.keyhold.store;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException;
import dev.keyhold.seal.KekRepository;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// A PostgreSQL that any number of nodes share.
///
/// Transactions are READ COMMITTED: what must not happen at once queues up at a row, see
/// [SqlCmkRepository#hold] and the change feed's position, and all else is compare-and-set. Work
/// that the database gives up for another's, or whose connection breaks before its commit is sent,
/// is **run again**, so it must bear that.
///
/// When a connection breaks between the sending of a commit and its answer, nobody knows whether
/// the change is made: its caller gets [KmsException.Unavailable], as for one that is not made.
/// Whatever this node remembers of it is forgotten when the change feed tells.
///
/// Older versions of rows stay in the database's files until it vacuums, and in its log: see
/// docs/stores.md. [Session#eraseAfterCommit] means nothing here.
public final class PostgresDatabase implements Database {
  /// For reads beside a transaction, which has a connection already: were they to wait for the same
  /// ones, as many transactions as there are could wait for each other.
  private static final int BESIDE = 2;

  private final PostgresPool pool;
  private final PostgresPool beside;
  private final Retry retry;
  private final Sharing sharing;
  private final boolean notifies;

  /// The transaction this thread is in. Bound by instance: tests have several nodes.
  private final ScopedValue<Session> current = ScopedValue.newInstance();

  private PostgresDatabase(PostgresConnections connections, PostgresSettings settings) {
    // Half of a call's time to get a connection, so that there is some left to use it.
    Duration wait = settings.patience().dividedBy(2);
    this.pool = new PostgresPool("store", connections, settings.connections(), wait);
    this.beside = new PostgresPool("store-beside", connections, BESIDE, wait);
    this.retry = new Retry(settings.patience());
    this.notifies = settings.notifies();
    this.sharing =
        new Sharing(
            UUID.randomUUID().toString(),
            new PostgresFeed(
                () -> connections.open(Duration.ofSeconds(1)), notifies, connections.runs()));
  }

  /// Opens the database, brought to the newest schema.
  ///
  /// @param guard looks at the stored KEKs of a database that has been used before a byte is
  ///   written, and throws to prevent that; see [dev.keyhold.seal.SealCheck#verify]
  /// @throws StoreException when it can't be reached or used, or is of a newer Keyhold
  public static PostgresDatabase open(PostgresSettings settings, Consumer<KekRepository> guard) {
    var connections = new PostgresConnections(settings);
    try {
      if (!inspect(connections, guard)) {
        Migrations.run(connections::openForMigration, PostgresDialect.INSTANCE);
      }
    } catch (SQLException | KmsException.Unavailable e) {
      throw unreachable(e);
    }
    var database = new PostgresDatabase(connections, settings);
    database.awaitFirstConnection();
    return database;
  }

  /// A busy machine that starts many servers may take longer for it than a call would wait.
  private void awaitFirstConnection() {
    long deadline = System.nanoTime() + PostgresConnections.PATIENT.toNanos();
    boolean connected = false;
    while (!connected) {
      try {
        connected = query(session -> session.first(row -> row.number(1), "SELECT 1").isPresent());
      } catch (KmsException.Unavailable e) {
        if (System.nanoTime() - deadline > 0) {
          close();
          throw unreachable(e);
        }
      }
    }
  }

  /// Whether a Keyhold has used the database, as far as a root key is needed.
  ///
  /// @throws StoreException when it can't be reached
  public static boolean hasKeys(PostgresSettings settings) {
    try (var session = spectator(settings)) {
      return Migrations.schemaOf(session, PostgresDialect.INSTANCE).hasKeks()
          && !SqlKekRepository.over(session).isEmpty();
    } catch (SQLException | KmsException.Unavailable e) {
      throw unreachable(e);
    }
  }

  /// How many connections to the database are another Keyhold's: of a node, or of a command.
  ///
  /// @throws StoreException when it can't be reached
  public static long othersOn(PostgresSettings settings) {
    try (var session = spectator(settings)) {
      return session
          .first(
              row -> row.number(1),
              "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
                  + " AND application_name = ? AND pid <> pg_backend_pid()",
              PostgresConnections.NAME)
          .orElseThrow();
    } catch (SQLException | KmsException.Unavailable e) {
      throw unreachable(e);
    }
  }

  @Override
  public <T> T write(Supplier<T> work) {
    return change(_ -> work.get());
  }

  @Override
  public <T> T read(Supplier<T> work) {
    Blocking.ahead();
    if (current.isBound()) {
      return work.get();
    }
    return retry.until(
        () -> lent(pool, false, session -> transaction(session, SNAPSHOT, _ -> work.get())));
  }

  @Override
  public <T> T change(Function<Session, T> work) {
    Blocking.ahead();
    if (current.isBound()) {
      return nested(current.get(), work);
    }
    return AuditedChange.run(work, this::transaction);
  }

  private <T> T transaction(Function<Session, T> work) {
    return retry.until(() ->
        lent(
            pool,
            true,
            session ->
                transaction(
                    session,
                    NOTHING,
                    open -> {
                      T value = work.apply(open);
                      publish(open);
                      return value;
                    })));
  }

  @Override
  public <T> T query(Function<Session, T> work) {
    Blocking.ahead();
    return current.isBound() ? work.apply(current.get()) : committed(pool, work);
  }

  @Override
  public <T> T queryCommitted(Function<Session, T> work) {
    Blocking.ahead();
    return committed(current.isBound() ? beside : pool, work);
  }

  @Override
  public boolean inTransaction() {
    return current.isBound();
  }

  @Override
  public Optional<Sharing> sharing() {
    return Optional.of(sharing);
  }

  /// How many calls wait for a connection, for a gauge.
  public int waiting() {
    return pool.waiting();
  }

  @Override
  public void close() {
    pool.close();
    beside.close();
  }

  private void publish(Session session) {
    var changes = session.takeChanges();
    if (!changes.isEmpty()) {
      SqlChangeFeed.append(session, changes, sharing.node());
      if (notifies) {
        PostgresFeed.announce(session);
      }
    }
  }

  private <T> T committed(PostgresPool from, Function<Session, T> work) {
    return retry.until(() ->
        lent(
            from,
            false,
            session -> {
              T value = work.apply(session);
              session.requireIntact();
              return value;
            }));
  }

  /// What is done with one connection, once.
  private interface Use<T> {
    T with(Session session) throws SQLException, Retry.Again;
  }

  private interface Beginning {
    void of(Session session) throws SQLException;
  }

  private static final Beginning NOTHING = _ -> {};
  private static final Beginning SNAPSHOT =
      session -> session.command("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");

  private <T> T lent(PostgresPool from, boolean writable, Use<T> use) throws Retry.Again {
    PostgresPool.Loan loan;
    try {
      loan = from.borrow(writable);
    } catch (SQLException e) {
      throw Session.unavailable(e);
    }
    Session session = loan.session();
    boolean useful = true;
    try {
      return use.with(session);
    } catch (SQLException | RuntimeException e) {
      // What made the work fail counts, not what the work made of it.
      Optional<SQLException> failure =
          e instanceof SQLException its ? Optional.of(its) : session.failure();
      useful = failure.filter(PostgresDatabase::isUseless).isEmpty();
      if (failure.isPresent() && Retry.helps(failure.get())) {
        throw new Retry.Again(failure.get());
      }
      throw thrown(e);
    } finally {
      if (useful) {
        from.giveBack(loan);
      } else {
        from.discard(loan);
      }
    }
  }

  private static boolean isUseless(SQLException failure) {
    return PostgresDialect.isConnectionLost(failure) || PostgresDialect.isOutcomeUnknown(failure);
  }

  private static RuntimeException thrown(Exception failure) {
    return failure instanceof RuntimeException its ? its : Session.unavailable(failure);
  }

  /// @throws SQLException that is no reason to try again when the outcome is unknown
  private <T> T transaction(Session session, Beginning beginning, Function<Session, T> work)
      throws SQLException {
    session.begin();
    T value;
    try {
      beginning.of(session);
      value = ScopedValue.where(current, session).call(() -> work.apply(session));
      session.requireIntact();
    } catch (Throwable e) {
      session.rollback();
      throw e;
    }
    Optional<SQLWarning> warning;
    try {
      warning = session.commitHeedingWarnings();
    } catch (SQLException e) {
      throw PostgresDialect.isConnectionLost(e) ? PostgresDialect.outcomeUnknown(e) : e;
    }
    if (warning.isPresent()) {
      // A wait for the synchronous standby that somebody has cancelled ends as a commit, and with
      // this: should the standby take over, the change is gone.
      throw PostgresDialect.outcomeUnknown(warning.get());
    }
    return value;
  }

  private static <T> T nested(Session session, Function<Session, T> work) {
    if (!session.isWritable()) {
      throw new IllegalStateException("a change inside Transactions.read");
    }
    try {
      return session.inSavepoint(work);
    } catch (SQLException e) {
      throw Session.unavailable(e);
    }
  }

  /// @return whether the schema is the newest one
  private static boolean inspect(PostgresConnections connections, Consumer<KekRepository> guard)
      throws SQLException {
    try (var session = spectator(connections)) {
      var schema = Migrations.schemaOf(session, PostgresDialect.INSTANCE);
      if (schema.hasKeks()) {
        guard.accept(SqlKekRepository.over(session));
      }
      return schema.isNewest();
    }
  }

  /// A connection that only reads.
  static Session spectator(PostgresSettings settings) throws SQLException {
    return spectator(new PostgresConnections(settings));
  }

  private static Session spectator(PostgresConnections connections) throws SQLException {
    Connection connection = connections.openForStart();
    try {
      connections.requireUsable(connection);
      return new Session(connection, false, PostgresDialect.INSTANCE);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  static StoreException unreachable(Exception failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String first = String.valueOf(failure.getMessage());
    if (first.contains("targetServerType")) { // the driver's words for it name no cause
      return new StoreException(
          "The database can't be used: no host of store.url is a primary that takes changes. They"
              + " are standbys, or set read-only (default_transaction_read_only).",
          failure);
    }
    String root = String.valueOf(cause.getMessage());
    return new StoreException(
        "The database can't be used: " + (first.contains(root) ? first : first + " " + root),
        failure);
  }
}
