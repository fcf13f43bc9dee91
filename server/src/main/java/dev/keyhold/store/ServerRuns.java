package dev.keyhold.store;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the connections of a node lead to, for [dev.keyhold.feed.ChangeFeed#history]: whether all
/// that was read over any of them is still there to be read. When in doubt it is not.
///
/// Those for calls count, too. If one leads elsewhere while the feed's is broken, then what was
/// read over it is not known to be where the feed's next one leads, were it to the same as before.
final class ServerRuns {
  private static final Logger LOG = LoggerFactory.getLogger(ServerRuns.class);

  /// A machine that is put back to a snapshot of itself, memory included, is the same run with
  /// another history. Its log gives it away, unless it has grown again: in less than this it has
  /// not come back, and written as much as it lost.
  private static final Duration LONGEST_BREAK = Duration.ofSeconds(5);

  private static final String RESTARTED = "it was started again, or is another one";

  private final LongSupplier nanoTime;

  private long history;
  private @Nullable String name; // of what the last connection that was asked leads to

  // Of the feed's connection alone.
  private long written;
  private long answered;

  /// @param nanoTime monotonic, as [System#nanoTime]
  ServerRuns(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// A connection for calls leads there.
  synchronized void met(ServerRun run) {
    if (!run.name().equals(name)) {
      turn(run.name(), RESTARTED);
    }
  }

  /// The feed was read there.
  ///
  /// @param first whether over a new connection
  /// @return the number of the history that the answer is of
  synchronized long followed(ServerRun run, boolean first) {
    long now = nanoTime.getAsLong();
    if (!run.name().equals(name)) {
      turn(run.name(), RESTARTED);
    } else if (run.written() < written) {
      turn(run.name(), "its log went back");
    } else if (first && written > 0 && now - answered > LONGEST_BREAK.toNanos()) {
      turn(run.name(), "it did not answer for too long");
    }
    written = run.written();
    answered = now;
    return history;
  }

  /// The feed has a new connection to something that does not tell what it is.
  ///
  /// @return the number of the history that its answers are of
  synchronized long followedUnknown() {
    turn(null, "it does not tell what it is");
    return history;
  }

  private void turn(@Nullable String to, String why) {
    if (history > 0) {
      LOG.info("the database is not known to be as it was: {}", why);
    }
    history++;
    name = to;
  }
}
