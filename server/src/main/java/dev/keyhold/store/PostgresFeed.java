package dev.keyhold.store;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.ChangeFeed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The change feed of a PostgreSQL store, read over a connection of its own: what it takes to know
/// the others' changes must not wait behind calls that have taken all others. A connection that
/// fails is replaced at the next look.
///
/// `NOTIFY` only makes it faster. It is lost with a connection, and some databases that speak the
/// protocol have none, so the reader polls all the same.
final class PostgresFeed implements ChangeFeed {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresFeed.class);
  private static final String CHANNEL = "keyhold_change";

  private final Connector connector;
  private final boolean listens;

  private @Nullable Link link;
  private long connections;

  /// Opens connections to the database as it is now, the primary of it, in auto-commit. It should
  /// have a socket timeout well below the staleness that is allowed.
  @FunctionalInterface
  interface Connector {
    Connection connect() throws SQLException;
  }

  private record Link(Connection connection, Session session) {}

  /// @param listens whether the database has `LISTEN`
  PostgresFeed(Connector connector, boolean listens) {
    this.connector = connector;
    this.listens = listens;
  }

  /// Wakes those who listen once this transaction is committed. To be called after
  /// [SqlChangeFeed#append].
  static void announce(Session session) {
    session.first(row -> true, "SELECT pg_notify(?, '')", CHANNEL);
  }

  @Override
  public List<Entry> from(long position, int limit) {
    return ask(session -> SqlChangeFeed.from(session, position, limit));
  }

  @Override
  public Entry newest() {
    return ask(SqlChangeFeed::newest);
  }

  @Override
  public long connection() {
    return connections;
  }

  private <T> T ask(Function<Session, T> question) {
    try {
      return question.apply(open().session());
    } catch (SQLException e) {
      hangUp();
      throw Session.unavailable(e);
    } catch (Unavailable e) {
      hangUp();
      throw e;
    }
  }

  private Link open() throws SQLException {
    Link open = link;
    if (open == null) {
      Connection connection = connector.connect();
      open = new Link(connection, new Session(connection, false, PostgresDialect.INSTANCE));
      link = open;
      connections++;
      if (listens) {
        open.session().command("LISTEN " + CHANNEL);
      }
    }
    return open;
  }

  @Override
  public void await(Duration longest) throws InterruptedException {
    Link open = link;
    if (open == null || !listens) {
      Thread.sleep(longest);
      return;
    }
    try {
      var _ =
          open.connection()
              .unwrap(PGConnection.class)
              .getNotifications(Math.toIntExact(longest.toMillis()));
    } catch (SQLException e) {
      LOG.debug("the connection that listens is gone", e);
      hangUp();
      Thread.sleep(longest);
    }
  }

  @Override
  public void close() {
    hangUp();
  }

  private void hangUp() {
    Link open = link;
    link = null;
    if (open != null) {
      try {
        open.session().close();
      } catch (SQLException e) {
        LOG.debug("a connection could not be closed", e);
      }
    }
  }
}
