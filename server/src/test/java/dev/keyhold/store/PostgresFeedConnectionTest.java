package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Change;
import dev.keyhold.feed.ChangeFeed;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A connection of the change feed that breaks is replaced by one that reads and listens as the
/// first did. Where that leads is told by [PostgresHistoryTest].
class PostgresFeedConnectionTest extends PostgresNodes {
  private static final Duration LONG = Duration.ofMinutes(1);

  private ChangeFeed feed() {
    return store.database().sharing().orElseThrow().feed();
  }

  private void breakConnections() {
    postgres.sql(
        store.url(),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  private void change() {
    store
        .database()
        .change(session -> {
          session.changed(Change.Kind.KEY, "k");
          return true;
        });
  }

  @Test
  void aConnectionThatBrokeAtALookIsReplacedAtTheNextOne() {
    try (ChangeFeed feed = feed()) {
      var newest = feed.newest();
      long first = feed.history();
      assertThat(feed.from(newest.position(), 10)).containsExactly(newest);
      assertThat(feed.history()).isEqualTo(first);
      for (int broken = 1; broken < 4; broken++) {
        breakConnections();
        assertThatThrownBy(() -> feed.from(0, 10)).isInstanceOf(Unavailable.class);
        assertThat(feed.newest()).isEqualTo(newest);
        assertThat(feed.history()).isEqualTo(first);
      }
    }
  }

  @Test
  void aConnectionThatBrokeWhileItListenedIsReplacedAndListens() throws Exception {
    try (ChangeFeed feed = feed()) {
      var newest = feed.newest();
      long first = feed.history();
      breakConnections();
      feed.await(Duration.ofMillis(10));
      assertThat(feed.from(0, 10)).containsExactly(newest);
      assertThat(feed.history()).isEqualTo(first);

      change();
      long began = System.nanoTime();
      feed.await(LONG);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG);
      assertThat(feed.from(0, 10)).hasSize(2);
    }
  }
}
