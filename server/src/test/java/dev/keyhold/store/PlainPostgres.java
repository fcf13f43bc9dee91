package dev.keyhold.store;

import dev.keyhold.error.Blocking;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// The least of a shared store over PostgreSQL: a connection for each transaction, READ COMMITTED,
/// and nothing is tried again.
final class PlainPostgres implements Database {
  private final PostgresFeed.Connector connector;
  private final String node;
  private final boolean notifies;
  private final ScopedValue<Session> current = ScopedValue.newInstance();

  PlainPostgres(PostgresFeed.Connector connector, String node, boolean notifies) {
    this.connector = connector;
    this.node = node;
    this.notifies = notifies;
  }

  @Override
  public <T> T change(Function<Session, T> work) {
    Blocking.ahead();
    try {
      if (current.isBound()) {
        return current.get().inSavepoint(work);
      }
      try (Connection connection = connector.connect()) {
        connection.setAutoCommit(false);
        var session = new Session(connection, true, PostgresDialect.INSTANCE);
        T value = ScopedValue.where(current, session).call(() -> work.apply(session));
        var changes = session.takeChanges();
        if (!changes.isEmpty()) {
          SqlChangeFeed.append(session, changes, node);
          if (notifies) {
            PostgresFeed.announce(session);
          }
        }
        connection.commit();
        return value;
      }
    } catch (SQLException e) {
      throw Session.unavailable(e);
    }
  }

  @Override
  public <T> T query(Function<Session, T> work) {
    Blocking.ahead();
    return current.isBound() ? work.apply(current.get()) : queryCommitted(work);
  }

  @Override
  public <T> T queryCommitted(Function<Session, T> work) {
    try (Connection connection = connector.connect()) {
      return work.apply(new Session(connection, false, PostgresDialect.INSTANCE));
    } catch (SQLException e) {
      throw Session.unavailable(e);
    }
  }

  @Override
  public <T> T write(Supplier<T> work) {
    return change(_ -> work.get());
  }

  @Override
  public <T> T read(Supplier<T> work) {
    return work.get();
  }

  @Override
  public boolean inTransaction() {
    return current.isBound();
  }

  @Override
  public Optional<Sharing> sharing() {
    var runs = new ServerRuns(System::nanoTime);
    return Optional.of(new Sharing(node, new PostgresFeed(connector, notifies, runs)));
  }

  @Override
  public void close() {}
}
