package dev.keyhold.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Open connections, a bounded number of them, lent to one thread at a time.
final class PostgresPool implements AutoCloseable {
  /// However little there is to do.
  private static final int KEPT_OPEN = 2;

  /// Shorter than what firewalls grant a silent connection.
  private static final Duration KEEP_ALIVE = Duration.ofMinutes(1);

  /// A connection to a replaced server is replaced in its turn.
  private static final Duration MAX_LIFETIME = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(PostgresPool.class);

  private final HikariDataSource source;

  /// How often all connections were given up.
  private final AtomicInteger generation = new AtomicInteger();

  /// @param generation of the pool, when this was asked for
  record Loan(Session session, int generation) {}

  /// @param patience how long a caller waits for a connection: at least 250 ms
  PostgresPool(String name, PostgresConnections connections, int size, Duration patience) {
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(new ConnectionSource(connections::open));
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(Math.min(size, KEPT_OPEN));
    if (size > KEPT_OPEN) {
      config.setIdleTimeout(MAX_LIFETIME.dividedBy(2).toMillis());
    }
    config.setConnectionTimeout(patience.toMillis());
    config.setValidationTimeout(Math.min(patience.toMillis(), 1_000));
    config.setKeepaliveTime(KEEP_ALIVE.toMillis());
    config.setMaxLifetime(MAX_LIFETIME.toMillis());
    config.setInitializationFailTimeout(-1); // whoever starts has just been connected
    source = new HikariDataSource(config);
  }

  /// @throws SQLException when none is free in time, or none can be made
  Loan borrow(boolean writable) throws SQLException {
    int lentIn = generation.get();
    return new Loan(
        new Session(source.getConnection(), writable, PostgresDialect.INSTANCE), lentIn);
  }

  /// Instead of giving it back: this connection is of no use any more. What broke it has most
  /// likely broken the others too, and the pool doesn't look at those that were used just now: none
  /// of them is lent again, lest the second attempt meet the same fate.
  void discard(Loan loan) {
    source.evictConnection(loan.session().connection());
    // One that was lent before the last time of this tells nothing about those that came after.
    if (generation.compareAndSet(loan.generation(), loan.generation() + 1)) {
      source.getHikariPoolMXBean().softEvictConnections();
    }
  }

  void giveBack(Loan loan) {
    try {
      loan.session().close();
    } catch (SQLException e) {
      LOG.debug("a connection to the store could not be given back", e); // the pool has replaced it
    }
  }

  /// How many callers wait for a connection.
  int waiting() {
    return source.getHikariPoolMXBean().getThreadsAwaitingConnection();
  }

  @Override
  public void close() {
    source.close();
  }
}
