package dev.keyhold.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// The work that one node of a shared store does for all: whose turn it is, what time it is, and
/// the trimming of the change feed. All times are the database's, so that nodes whose clocks are
/// apart agree.
public final class SharedWork implements InstantSource {
  private static final String LEASE = "housekeeping";

  /// How long the others wait when the node whose turn it is has died.
  private static final Duration TERM = Duration.ofSeconds(10);

  /// A node that could not read the feed for longer empties its caches.
  private static final Duration FEED_RETENTION = Duration.ofHours(1);

  private final Database database;
  private final String node;

  /// @param node which node this is, unlike all others
  public SharedWork(Database database, String node) {
    this.database = database;
    this.node = node;
  }

  /// Takes the turn, or keeps it. Two nodes never have it at once by the database's clock; but a
  /// node may still be busy when its turn has ended, so the work must bear being done twice.
  ///
  /// @return false when it is another node's
  public boolean takeTurn() {
    return database
        .change(session ->
            session.update(
                "INSERT INTO lease (name, holder, until) VALUES (?, ?, "
                    + session.nowMillis()
                    + " + ?) ON CONFLICT (name) DO UPDATE"
                    + " SET holder = excluded.holder, until = excluded.until"
                    + " WHERE lease.holder = excluded.holder OR lease.until <= "
                    + session.nowMillis(),
                LEASE,
                node,
                TERM.toMillis()))
        .equals(1);
  }

  /// Lets another node have the turn at once, if it is this one's.
  public void passTurn() {
    database.change(
        session -> session.update("DELETE FROM lease WHERE name = ? AND holder = ?", LEASE, node));
  }

  /// @return how many entries are gone
  public int trimFeed() {
    return database.change(session -> SqlChangeFeed.trim(session, FEED_RETENTION));
  }

  @Override
  public Instant instant() {
    long millis =
        database
            .query(session -> session.first(row -> row.number(1), "SELECT " + session.nowMillis()))
            .orElseThrow();
    return Instant.ofEpochMilli(millis);
  }
}
