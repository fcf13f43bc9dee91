package dev.keyhold.store;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The embedded store: one SQLite file in a [DataDirectory], one connection that writes and a few
/// that read.
public final class SqliteDatabase implements Database {
  /// For reads beside a transaction, which has a connection already: were they to wait for the same
  /// ones, as many transactions as there are could wait for each other.
  private static final int BESIDE = 2;

  private final SqliteReaders readers;
  private final SqliteReaders beside;
  private final SqliteWriter writer;

  /// The transaction this thread is in. Bound by instance: tests have several databases.
  private final ScopedValue<Session> current = ScopedValue.newInstance();

  /// @param readers how many threads may read at once
  /// @param patience how long a call waits for its turn to read or write, before it is refused
  public record Settings(int readers, Duration patience) {
    public static final Settings DEFAULT = new Settings(4, Duration.ofSeconds(5));
  }

  private SqliteDatabase(SqliteReaders readers, SqliteReaders beside, SqliteWriter writer) {
    this.readers = readers;
    this.beside = beside;
    this.writer = writer;
  }

  /// Opens the database of `directory`, made if it is missing and brought to the newest schema.
  ///
  /// @param guard looks at the stored KEKs of an existing database before a byte is written, and
  ///   throws to prevent that; see [dev.keyhold.seal.SealCheck#verify]. Not called for a new one
  /// @throws StoreException when the file is no database, is of a newer Keyhold, can't be opened,
  ///   or is missing and its log is not
  public static SqliteDatabase open(
      DataDirectory directory, Settings settings, Consumer<KekRepository> guard) {
    Path file = directory.databaseFile();
    DataDirectory.requireNoLogAlone(directory.path());
    var connections = new SqliteConnections(file);
    try {
      if (!exists(file)) {
        create(file);
        NewestSchema.make(connections.writer());
      } else if (!inspect(connections, guard)) {
        Migrations.run(connections::writer, SqliteDialect.INSTANCE);
      }
      return new SqliteDatabase(
          new SqliteReaders(connections, settings.readers(), settings.patience()),
          new SqliteReaders(connections, BESIDE, settings.patience()),
          new SqliteWriter(connections, settings.patience()));
    } catch (SQLException | IOException | KmsException.Unavailable e) {
      throw new StoreException("The database " + file + " can't be opened: " + reason(e) + ".", e);
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
    return readers.use(session -> snapshot(session, work));
  }

  @Override
  public <T> T change(Function<Session, T> work) {
    Blocking.ahead();
    if (current.isBound()) {
      return nested(current.get(), work);
    }
    return AuditedChange.run(
        work, audited -> writer.write(session -> inScope(session, () -> audited.apply(session))));
  }

  @Override
  public <T> T query(Function<Session, T> work) {
    Blocking.ahead();
    return current.isBound() ? work.apply(current.get()) : readers.use(work);
  }

  @Override
  public <T> T queryCommitted(Function<Session, T> work) {
    Blocking.ahead();
    return (current.isBound() ? beside : readers).use(work);
  }

  @Override
  public boolean inTransaction() {
    return current.isBound();
  }

  @Override
  public boolean isStuck() {
    return writer.isBlocked() || writer.isDisplaced();
  }

  @Override
  public Optional<Sharing> sharing() {
    return Optional.empty();
  }

  /// How many writes wait for their turn, for a gauge.
  public int waitingWrites() {
    return writer.waiting();
  }

  /// Finishes the writes that wait, moves the log into the database and closes it.
  @Override
  public void close() {
    writer.finish(); // its last units may still read
    readers.close();
    beside.close();
    writer.close();
  }

  private <T> T inScope(Session session, Supplier<T> work) {
    return ScopedValue.where(current, session).call(work::get);
  }

  private <T> T snapshot(Session session, Supplier<T> work) {
    try {
      session.command("BEGIN");
      try {
        return inScope(session, work);
      } finally {
        session.command("COMMIT");
      }
    } catch (SQLException e) {
      throw Session.unavailable(e);
    }
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

  private static boolean exists(Path file) throws IOException {
    return Files.exists(file) && Files.size(file) > 0;
  }

  /// SQLite makes its log with the mode of the database file.
  private static void create(Path file) throws IOException {
    if (!Files.exists(file)) {
      PrivateFiles.create(file, new byte[0]);
    }
  }

  /// @return whether the schema is the newest one
  private static boolean inspect(SqliteConnections connections, Consumer<KekRepository> guard)
      throws SQLException, IOException {
    try (var session = new Session(connections.spectator(), false, SqliteDialect.INSTANCE)) {
      var schema = Migrations.schemaOf(session, SqliteDialect.INSTANCE);
      if (schema.hasKeks()) {
        guard.accept(SqlKekRepository.over(session));
      }
      return schema.isNewest();
    }
  }

  private static String reason(Exception failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
