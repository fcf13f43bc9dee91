package dev.keyhold.store;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.ChangeFeed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The change feed of a PostgreSQL store, read over a connection of its own: what it takes to know
/// the others' changes must not wait behind calls that have taken all others. A connection that
/// fails is replaced at the next look.
///
/// Each look asks, in the same statement, which run of which server it reads: one that another
/// server was put behind is noticed so, and so is that a new connection leads to the old one.
///
/// `NOTIFY` only makes it faster. It is lost with a connection, and some databases that speak the
/// protocol have none, so the reader polls all the same.
final class PostgresFeed implements ChangeFeed {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresFeed.class);
  private static final String CHANNEL = "keyhold_change";

  /// Behind those of an entry.
  private static final int RUN = SqlChangeFeed.COLUMNS + 1;

  private final Connector connector;
  private final boolean listens;
  private final ServerRuns runs;

  private @Nullable Link link;
  private long history;

  /// Opens connections to the database as it is now, the primary of it, in auto-commit. It should
  /// have a socket timeout well below the staleness that is allowed.
  @FunctionalInterface
  interface Connector {
    Connection connect() throws SQLException;
  }

  /// The connection, and whether what it leads to tells what it is.
  private static final class Link {
    private final Connection connection;
    private final Session session;
    private final boolean tells;
    private boolean used;

    Link(Connection connection, boolean tells) {
      this.connection = connection;
      this.session = new Session(connection, false, PostgresDialect.INSTANCE);
      this.tells = tells;
    }
  }

  /// @param listens whether the database has `LISTEN`
  /// @param runs of this node
  PostgresFeed(Connector connector, boolean listens, ServerRuns runs) {
    this.connector = connector;
    this.listens = listens;
    this.runs = runs;
  }

  /// Wakes those who listen once this transaction is committed. To be called after
  /// [SqlChangeFeed#append].
  static void announce(Session session) {
    session.first(row -> true, "SELECT pg_notify(?, '')", CHANNEL);
  }

  @Override
  public List<Entry> from(long position, int limit) {
    return ask((session, look) -> SqlChangeFeed.from(session, look, position, limit));
  }

  @Override
  public Entry newest() {
    return ask(SqlChangeFeed::newest);
  }

  @Override
  public long history() {
    return history;
  }

  private interface Question<T> {
    T ask(Session session, SqlChangeFeed.Look look);
  }

  private <T> T ask(Question<T> question) {
    try {
      Link open = open();
      if (!open.tells) {
        return question.ask(open.session, SqlChangeFeed.Look.PLAIN);
      }
      var told = new Told();
      T answer = question.ask(open.session, new SqlChangeFeed.Look(ServerRun.COLUMNS, told::read));
      if (told.run != null) {
        history = runs.followed(told.run, !open.used);
        open.used = true;
      }
      return answer;
    } catch (SQLException e) {
      hangUp();
      throw Session.unavailable(e);
    } catch (Unavailable e) {
      hangUp();
      throw e;
    }
  }

  /// What an answer says of its origin, which is the same in all of its rows.
  private static final class Told {
    private @Nullable ServerRun run;

    void read(Row row) throws SQLException {
      if (run == null) {
        run = ServerRun.of(row, RUN);
      }
    }
  }

  private Link open() throws SQLException {
    Link open = link;
    if (open == null) {
      open = connected();
      link = open;
      if (!open.tells) {
        history = runs.followedUnknown();
      }
      if (listens) {
        open.session.command("LISTEN " + CHANNEL);
      }
    }
    return open;
  }

  private Link connected() throws SQLException {
    Connection connection = connector.connect();
    try {
      return new Link(connection, ServerRun.of(connection).isPresent());
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
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
          open.connection
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
        open.session.close();
      } catch (SQLException e) {
        LOG.debug("a connection could not be closed", e);
      }
    }
  }
}
