package dev.keyhold.store;

import dev.keyhold.feed.Change;
import dev.keyhold.feed.ChangeFeed.Entry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/// The change feed in the tables `change_feed` and `change_position`.
final class SqlChangeFeed {
  /// How many an entry has.
  static final int COLUMNS = 5;

  /// A second's; there are not more in the long run.
  private static final int MOST_TRIMMED = 5_000;

  private SqlChangeFeed() {}

  /// What is read along with each entry.
  ///
  /// @param columns of the query, behind the entry's own; empty for none
  record Look(String columns, Reader reader) {
    static final Look PLAIN = new Look("", _ -> {});

    interface Reader {
      void read(Row row) throws SQLException;
    }

    private String select() {
      return "SELECT position, kind, id, at, node"
          + (columns.isEmpty() ? "" : ", " + columns)
          + " FROM change_feed ";
    }

    private Entry entry(Row row) throws SQLException {
      reader.read(row);
      return SqlChangeFeed.entry(row);
    }
  }

  /// Writes changes into the feed. To be called last in the transaction that makes them: from here
  /// to its commit no other is.
  ///
  /// @param node which node this is
  static void append(Session session, Collection<Change> changes, String node) {
    if (changes.isEmpty()) {
      return;
    }
    long position =
        session
                .first(
                    row -> row.number(1),
                    "UPDATE change_position SET value = value + ? RETURNING value",
                    changes.size())
                .orElseThrow()
            - changes.size();
    for (Change change : changes) {
      position++;
      session.update(
          "INSERT INTO change_feed (position, kind, id, at, node) VALUES (?, ?, ?, "
              + session.nowMillis()
              + ", ?)",
          position,
          change.kind().name(),
          change.id(),
          node);
    }
  }

  static List<Entry> from(Session session, long position, int limit) {
    return from(session, Look.PLAIN, position, limit);
  }

  static List<Entry> from(Session session, Look look, long position, int limit) {
    return session.list(
        look::entry,
        look.select() + "WHERE position >= ? ORDER BY position LIMIT ?",
        position,
        limit);
  }

  static Entry newest(Session session) {
    return newest(session, Look.PLAIN);
  }

  static Entry newest(Session session, Look look) {
    return session
        .first(look::entry, look.select() + "ORDER BY position DESC LIMIT 1")
        .orElseThrow(() -> new IllegalStateException("the change feed has no entry at all"));
  }

  /// Deletes the first entries up to one that is younger than `age` by the database's clock, which
  /// may have been set back: an entry behind a gap would tell a node nothing. The newest entry
  /// stays. Looks at some of the oldest alone, so that it costs little to find nothing.
  ///
  /// @return how many entries
  static int trim(Session session, Duration age) {
    String oldest = "(SELECT position, at FROM change_feed ORDER BY position LIMIT ?) AS oldest";
    return session.update(
        "DELETE FROM change_feed WHERE position < (SELECT value FROM change_position)"
            + " AND position <= (SELECT MAX(position) FROM "
            + oldest
            + ") AND position < COALESCE((SELECT MIN(position) FROM "
            + oldest
            + " WHERE at >= "
            + session.nowMillis()
            + " - ?), "
            + Long.MAX_VALUE
            + ")",
        MOST_TRIMMED,
        MOST_TRIMMED,
        age.toMillis());
  }

  private static Entry entry(Row row) throws SQLException {
    return new Entry(row.number(1), row.text(2), row.text(3), row.number(4), row.text(5));
  }
}
