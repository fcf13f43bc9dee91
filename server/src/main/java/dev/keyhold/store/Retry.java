package dev.keyhold.store;

import dev.keyhold.error.KmsException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// Runs work again that the database has given up before it was done: for another's in its way, as
/// often as the time allows; for a broken connection once, since all may be broken and the caller
/// should hear of it soon.
final class Retry {
  private static final long LONGEST_PAUSE_MILLIS = 100;

  private final Duration patience;

  /// @param patience after which no other attempt begins
  Retry(Duration patience) {
    this.patience = patience;
  }

  /// Work that ends with [Again] when it should be run again: nothing of it has happened then.
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws Again;
  }

  static final class Again extends Exception {
    private static final long serialVersionUID = 1L;
    private final SQLException reason;

    Again(SQLException reason) {
      super(reason);
      this.reason = reason;
    }
  }

  static boolean helps(SQLException failure) {
    return PostgresDialect.isConflict(failure) || PostgresDialect.isConnectionLost(failure);
  }

  /// @throws KmsException.Unavailable when the time is up
  <T> T until(Attempt<T> attempt) {
    long deadline = System.nanoTime() + patience.toNanos();
    boolean broken = false;
    for (int failures = 0; ; failures++) {
      try {
        return attempt.run();
      } catch (Again again) {
        boolean lost = PostgresDialect.isConnectionLost(again.reason);
        if (System.nanoTime() - deadline >= 0 || (lost && broken)) {
          throw Session.unavailable(again.reason);
        }
        broken |= lost;
        pause(lost ? 0 : failures);
      }
    }
  }

  /// Of random length: those who got in each other's way should not meet again.
  private static void pause(int failures) {
    long most = Math.min(LONGEST_PAUSE_MILLIS, 1L << Math.min(failures, 7));
    try {
      Thread.sleep(Duration.ofMillis(ThreadLocalRandom.current().nextLong(most + 1)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Session.unavailable(e);
    }
  }
}
