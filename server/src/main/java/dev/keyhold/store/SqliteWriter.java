package dev.keyhold.store;

import dev.keyhold.error.KmsException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that writes. Whatever waits for it is done in one transaction, a savepoint each,
/// so that the wait for the disk is shared: the commit rate grows with the load. A caller hears of
/// its success when the transaction is on the disk, and of its failure then too.
///
/// A platform thread of its own, because a call into SQLite holds the thread it runs on, and the
/// wait for the disk is the longest there is.
final class SqliteWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteWriter.class);

  private static final int MAX_WAITING = 4_096;
  private static final int MAX_GROUP = 256;

  /// No unit joins a group that has been open longer: its first caller waits for the last.
  private static final Duration MAX_GROUP_TIME = Duration.ofMillis(10);

  /// How often those who wait look whether it is.
  private static final Duration LOOK = Duration.ofMillis(250);

  /// How often it is looked whether the files are in their place while nobody writes.
  private static final Duration IDLE = Duration.ofSeconds(1);

  private static final Duration ERASURE_RETRY = Duration.ofMillis(500);

  /// How often, and for how long, an erasure is tried again that a long reader stands in the way
  /// of, while there is no pause between writes.
  private static final Duration ERASURE_PERIOD = Duration.ofSeconds(3);

  private static final Duration ERASURE_UNDER_LOAD = Duration.ofMillis(100);

  private final SqliteConnections connections;
  private final SqliteFiles files;
  private final Duration patience;

  /// A disk that takes longer for a group is taken for blocked: nobody waits behind it.
  private final long blockedNanos;

  private final BlockingQueue<Unit<?>> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread thread;
  private volatile boolean closed;
  private volatile long busySince; // 0 between groups

  // Of the writer thread alone from here on, and when it has ended of whoever closes this.
  private @Nullable Session session;
  private boolean erasureOwed;
  private long erasureTried; // nanoseconds

  /// Opens the connection, and finishes an erasure that a kill has cut short.
  ///
  /// @param patience how long a caller waits for its turn
  SqliteWriter(SqliteConnections connections, Duration patience) throws SQLException, IOException {
    this.connections = connections;
    this.patience = patience;
    this.blockedNanos = patience.toNanos() * 3 / 10;
    var first = new Session(connections.writer(), true, SqliteDialect.INSTANCE);
    try {
      // A reader of before, a backup say, may be in the way: then it is tried again.
      SqliteConnections.setBusyTimeout(first, ERASURE_RETRY);
      erasureOwed = !emptyLog(first);
      SqliteConnections.setBusyTimeout(first, SqliteConnections.BUSY_TIMEOUT);
      this.files = SqliteFiles.opened(connections);
    } catch (IOException | RuntimeException e) {
      first.close();
      throw e;
    }
    this.session = first;
    this.thread = Thread.ofPlatform().daemon().name("keyhold-writer").start(this::run);
  }

  /// Runs `work` on the writer thread and returns what it returned, when that is durable.
  ///
  /// Whoever's work the disk has in hand waits for the outcome, however long that takes: what this
  /// process remembers of the keys depends on it.
  ///
  /// @throws KmsException.Unavailable when its turn does not come in time, or the disk is blocked
  ///   (nothing has happened then), or the transaction can't be made durable
  <T> T write(Function<Session, T> work) {
    var unit = new Unit<>(work);
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      if (isBlocked()) {
        throw blocked();
      }
      if (closed || !waiting.offer(unit, patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw Session.unavailable(new TimeoutException("too many writes are waiting"));
      }
      return unit.await(deadline, this::isBlocked);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Session.unavailable(e);
    }
  }

  /// Whether the disk has a group in hand for so long that nobody waits behind it.
  boolean isBlocked() {
    long since = busySince;
    return since != 0 && System.nanoTime() - since > blockedNanos;
  }

  /// Whether the database is not where it was opened any more, so that changes are refused.
  boolean isDisplaced() {
    return files.areDisplaced();
  }

  private static RuntimeException blocked() {
    return Session.unavailable(new TimeoutException("the disk of the key store does not answer"));
  }

  int waiting() {
    return waiting.size();
  }

  /// Finishes what is waiting and takes no more.
  void finish() {
    closed = true;
    waiting.offer(new Unit<>(_ -> true)); // wakes the writer; if the queue is full it is awake
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the database must be closed in order all the same
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Empties the log and closes the connection. If there is no other, the log is deleted too.
  @Override
  public void close() {
    finish();
    if (session != null) {
      if (isInPlace()) {
        erase(ERASURE_RETRY);
      }
      forgetSession();
    }
  }

  private void run() {
    try {
      while (!closed || !waiting.isEmpty()) {
        Duration pause = erasureOwed ? ERASURE_RETRY : IDLE;
        Unit<?> next = waiting.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
        if (!isInPlace()) {
          if (next != null) {
            next.refuse(new IOException("the database is not where it was opened"));
          }
        } else if (next != null) {
          runGroup(next);
        } else if (erasureOwed) {
          erase(ERASURE_RETRY);
        }
        boolean due = System.nanoTime() - erasureTried > ERASURE_PERIOD.toNanos();
        if (due && erasureOwed && !files.areDisplaced()) {
          erase(ERASURE_UNDER_LOAD);
        }
      }
    } catch (InterruptedException e) {
      LOG.error("the writer of the key store was interrupted", e); // by nobody: it is ours alone
    } finally {
      closed = true;
      waiting.forEach(unit -> unit.refuse(new IllegalStateException("the store is closed")));
    }
  }

  private boolean isInPlace() {
    busySince = System.nanoTime() | 1; // a disk may be too sick to tell
    boolean inPlace = files.look();
    busySince = 0;
    return inPlace;
  }

  private void runGroup(Unit<?> first) {
    var group = new ArrayList<Unit<?>>();
    boolean committed = false;
    busySince = System.nanoTime() | 1; // not 0
    try {
      Session open = openSession();
      open.command("BEGIN IMMEDIATE");
      files.noteLog();
      long rows = open.rowsChanged();
      long until = System.nanoTime() + MAX_GROUP_TIME.toNanos();
      for (Unit<?> unit = first; unit != null; unit = nextOf(group, until)) {
        if (unit.start()) {
          group.add(unit);
          unit.run(open);
          unit.wantsErasure = open.takeErasure();
        }
      }
      open.takeChanges(); // nobody else has this store
      if (open.rowsChanged() != rows) {
        open.command("UPDATE store_identity SET commits = commits + 1");
      }
      open.command("COMMIT");
      committed = true;
    } catch (Throwable e) {
      // The transaction is lost with everything in it; SQLite may have rolled it back already. A
      // new connection is the one state that is certain.
      // The callers have the stack; a full disk must not be filled further with it.
      LOG.warn("a transaction of the key store with {} changes is lost: {}", group.size(), "" + e);
      forgetSession();
      if (first.start()) {
        group.add(first);
      }
      group.forEach(unit -> unit.fail(e));
    } finally {
      busySince = 0;
    }
    // Who has nothing to erase does not wait until it is: others see already what was committed.
    group.stream().filter(unit -> !unit.wantsErasure).forEach(Unit::complete);
    if (committed && group.stream().anyMatch(unit -> unit.wantsErasure)) {
      erase(ERASURE_RETRY);
    }
    group.stream().filter(unit -> unit.wantsErasure).forEach(Unit::complete);
  }

  private @Nullable Unit<?> nextOf(List<Unit<?>> group, long until) {
    return group.size() < MAX_GROUP && System.nanoTime() - until < 0 ? waiting.poll() : null;
  }

  private Session openSession() throws SQLException {
    Session open = session;
    if (open == null) {
      open = new Session(connections.writer(), true, SqliteDialect.INSTANCE);
      session = open;
    }
    return open;
  }

  /// Moves the whole log into the database, where what was deleted is zeros, and cuts it off: the
  /// log holds older versions of what it overwrites. Readers of older snapshots stand in the way;
  /// then it is tried again.
  ///
  /// @param wait for readers to go
  private void erase(Duration wait) {
    erasureOwed = true;
    busySince = System.nanoTime() | 1;
    try {
      Session open = openSession();
      SqliteConnections.setBusyTimeout(open, wait);
      erasureOwed = !emptyLog(open);
      SqliteConnections.setBusyTimeout(open, SqliteConnections.BUSY_TIMEOUT);
    } catch (SQLException | RuntimeException e) {
      LOG.warn("the log of the key store could not be emptied; it is tried again", e);
      forgetSession();
    } finally {
      busySince = 0;
      erasureTried = System.nanoTime();
    }
  }

  /// @return false when a reader was in the way
  private static boolean emptyLog(Session session) {
    return session
        .first(row -> row.number(1) == 0, "PRAGMA wal_checkpoint(TRUNCATE)")
        .orElse(false);
  }

  private void forgetSession() {
    Session open = session;
    session = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        LOG.warn("a connection to the key store could not be closed", e);
      }
    }
    files.connectionClosed();
  }

  /// One caller's work, from the queue to the disk.
  private static final class Unit<T> {
    private enum State {
      WAITING,
      STARTED,
      GIVEN_UP
    }

    private final Function<Session, T> work;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final CompletableFuture<T> outcome = new CompletableFuture<>();
    private Runnable completion = () -> {};
    private boolean wantsErasure; // of the writer thread

    Unit(Function<Session, T> work) {
      this.work = work;
    }

    boolean start() {
      return state.compareAndSet(State.WAITING, State.STARTED);
    }

    /// @throws SQLException when the whole transaction is lost
    void run(Session session) throws SQLException {
      try {
        T value = session.inSavepoint(work);
        completion = () -> outcome.complete(value);
      } catch (SQLException lost) {
        throw lost;
      } catch (Throwable e) { // whatever it is, it is the caller's, and the writer goes on
        completion = () -> outcome.completeExceptionally(e);
      }
    }

    /// It is not even begun.
    void refuse(Throwable cause) {
      if (start()) {
        fail(cause);
        complete();
      }
    }

    /// The transaction this unit was in is lost.
    void fail(Throwable cause) {
      completion = () -> outcome.completeExceptionally(Session.unavailable(cause));
    }

    void complete() {
      completion.run();
    }

    /// @param blocked whether no turn is to be expected
    T await(long deadline, BooleanSupplier blocked) throws InterruptedException {
      try {
        while (true) {
          long left = deadline - System.nanoTime();
          try {
            return outcome.get(Math.clamp(left, 0, LOOK.toNanos()), TimeUnit.NANOSECONDS);
          } catch (TimeoutException e) {
            if (left <= LOOK.toNanos() || blocked.getAsBoolean() || state.get() != State.WAITING) {
              throw e;
            }
          }
        }
      } catch (TimeoutException | InterruptedException e) {
        if (state.compareAndSet(State.WAITING, State.GIVEN_UP)) {
          if (e instanceof InterruptedException interrupted) {
            throw interrupted;
          }
          throw Session.unavailable(e);
        }
        // It is being done: only its end says whether it was.
        try {
          return outcome.join();
        } catch (CompletionException failure) {
          throw thrown(failure.getCause());
        } finally {
          if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
          }
        }
      } catch (ExecutionException e) {
        throw thrown(e.getCause());
      }
    }

    private static RuntimeException thrown(@Nullable Throwable cause) {
      return switch (cause) {
        case RuntimeException failure -> failure;
        case Error error -> throw error;
        case null, default -> new IllegalStateException(cause); // a Function throws no other
      };
    }
  }
}
