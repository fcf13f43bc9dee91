package dev.keyhold.store;

import dev.keyhold.feed.ChangeFeed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/// An embedded store made to keep the change feed as a shared one does. Several of these over one
/// database are several nodes.
public final class SharedSqlite implements Database {
  private final Database database;
  private final String node;
  private final AtomicLong history = new AtomicLong();

  public SharedSqlite(Database database, String node) {
    this.database = database;
    this.node = node;
  }

  @Override
  public <T> T change(Function<Session, T> work) {
    if (inTransaction()) {
      return database.change(work);
    }
    return database.change(session -> {
      T value = work.apply(session);
      SqlChangeFeed.append(session, session.takeChanges(), node);
      return value;
    });
  }

  @Override
  public <T> T write(Supplier<T> work) {
    return change(_ -> work.get());
  }

  @Override
  public <T> T read(Supplier<T> work) {
    return database.read(work);
  }

  @Override
  public <T> T query(Function<Session, T> work) {
    return database.query(work);
  }

  @Override
  public <T> T queryCommitted(Function<Session, T> work) {
    return database.queryCommitted(work);
  }

  @Override
  public boolean inTransaction() {
    return database.inTransaction();
  }

  @Override
  public Optional<Sharing> sharing() {
    return Optional.of(new Sharing(node, new Feed()));
  }

  /// As when this node is connected to what may be a copy of the database.
  public void reconnect() {
    history.incrementAndGet();
  }

  @Override
  public void close() {
    database.close();
  }

  private final class Feed implements ChangeFeed {
    @Override
    public long history() {
      return history.get();
    }

    @Override
    public List<Entry> from(long position, int limit) {
      return database.query(session -> SqlChangeFeed.from(session, position, limit));
    }

    @Override
    public Entry newest() {
      return database.query(SqlChangeFeed::newest);
    }

    @Override
    public void await(Duration longest) throws InterruptedException {
      Thread.sleep(longest);
    }

    @Override
    public void close() {}
  }
}
