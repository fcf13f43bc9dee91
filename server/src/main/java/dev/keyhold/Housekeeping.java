package dev.keyhold;

import dev.keyhold.keyring.Keyring;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work that nobody asks for: destroys keys whose waiting time has passed. Looks once a second, and
/// at the start, so that what fell due while the server was down is made up for.
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final long PERIOD_SECONDS = 1;
  private static final long LAST_WAIT_SECONDS = 5;

  private final Keyring keyring;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("housekeeping").factory());

  private Housekeeping(Keyring keyring) {
    this.keyring = keyring;
  }

  static Housekeeping start(Keyring keyring) {
    var housekeeping = new Housekeeping(keyring);
    // The future would only tell of an exception, and look lets none out.
    var _ =
        housekeeping.thread.scheduleWithFixedDelay(
            housekeeping::look, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
    return housekeeping;
  }

  private void look() {
    try {
      int destroyed = keyring.destroyDueKeys();
      if (destroyed > 0) {
        LOG.info("destroyed {} keys whose waiting time has passed", destroyed);
      }
    } catch (RuntimeException failure) {
      // An exception let out would end the schedule; the next look tries again.
      LOG.error("could not look for keys to destroy", failure);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LAST_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("housekeeping did not end in time");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
