package dev.keyhold.store;

import dev.keyhold.error.KmsException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Connections that only read, a bounded number of them, made when first needed. A virtual thread
/// that waits for one holds no carrier.
final class SqliteReaders implements AutoCloseable {
  private final SqliteConnections connections;
  private final Semaphore permits;
  private final int size;
  private final Duration patience;

  // The last one used is the first one lent: its page cache is warm.
  private final ConcurrentLinkedDeque<Session> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  SqliteReaders(SqliteConnections connections, int size, Duration patience) {
    this.connections = connections;
    this.permits = new Semaphore(size, true);
    this.size = size;
    this.patience = patience;
  }

  <T> T use(Function<Session, T> work) {
    acquire();
    try {
      Session session = borrow();
      T value;
      try {
        value = work.apply(session);
      } catch (KmsException.Unavailable e) {
        discard(session); // after an I/O fault a fresh connection sees a repaired disk
        throw e;
      } catch (Throwable e) {
        giveBack(session);
        throw e;
      }
      giveBack(session);
      return value;
    } finally {
      permits.release();
    }
  }

  /// Waits for all readers to finish, and lets no more in.
  @Override
  public void close() {
    closed = true;
    permits.acquireUninterruptibly(size);
    for (Session session = idle.poll(); session != null; session = idle.poll()) {
      discard(session);
    }
    permits.release(size);
  }

  private void acquire() {
    try {
      if (!permits.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw Session.unavailable(new TimeoutException("no connection is free to read with"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Session.unavailable(e);
    }
    if (closed) {
      permits.release();
      throw Session.unavailable(new IllegalStateException("the store is closed"));
    }
  }

  private Session borrow() {
    @Nullable Session session = idle.pollFirst();
    if (session != null) {
      return session;
    }
    try {
      Connection connection = connections.reader();
      return new Session(connection, false, SqliteDialect.INSTANCE);
    } catch (SQLException e) {
      throw Session.unavailable(e);
    }
  }

  private void giveBack(Session session) {
    idle.addFirst(session);
  }

  private static void discard(Session session) {
    try {
      session.close();
    } catch (SQLException e) {
      // it was of no use any more
    }
  }
}
