package dev.keyhold.replication;

import dev.keyhold.error.KmsException;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells other regions, again and again, what they have yet to learn. On a thread of its own: a
/// region that does not answer must not hold up the destruction of keys.
public final class PeerRounds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerRounds.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final int KEYS_A_SECOND = 100;
  private static final long LAST_WAIT_SECONDS = 5;

  private final IntSupplier telling;
  private final Peers peers;
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("replication").factory());

  private PeerRounds(IntSupplier telling, Peers peers) {
    this.telling = telling;
    this.peers = peers;
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false); // a stop waits for no pause
  }

  /// @param telling as [Replicator#deliverAll]
  /// @param peers closed with this: nobody else calls them then
  public static PeerRounds start(IntSupplier telling, Peers peers) {
    var rounds = new PeerRounds(telling, peers);
    rounds.after(Duration.ZERO);
    return rounds;
  }

  private void after(Duration pause) {
    if (!thread.isShutdown()) {
      // The future would only tell of an exception, and round lets none out.
      var _ = thread.schedule(this::round, pause.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void round() {
    Duration pause = LONGEST_PAUSE;
    try {
      // The more keys wait in vain, the more seldom they are looked at.
      Duration longer = PAUSE.plusSeconds(telling.getAsInt() / KEYS_A_SECOND);
      pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    } catch (KmsException.Unavailable down) { // of which all else tells
      LOG.debug("a round to other regions failed", down);
    } catch (Throwable failure) {
      // Anything let out would end the rounds.
      if (!thread.isShutdown()) {
        LOG.error("a round to other regions failed", failure);
      }
    }
    after(pause);
  }

  @Override
  public void close() {
    thread.shutdown();
    peers.close(); // ends the wait for a region that does not answer
    try {
      if (!thread.awaitTermination(LAST_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("the round to other regions did not end in time");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
