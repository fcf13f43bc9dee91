package dev.keyhold;

import dev.keyhold.error.KmsException;
import dev.keyhold.keyring.Imports;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.store.SharedWork;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work that nobody asks for: destroys keys whose waiting time has passed, deletes imported
/// material that has expired, rotates keys. Looks once a second, and at the start, so that what
/// fell due while the server was down is made up for. Of the nodes of a shared store one does it,
/// as long as it can.
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final long PERIOD_SECONDS = 1;
  private static final long LAST_WAIT_SECONDS = 5;

  private final Keyring keyring;
  private final Imports imports;
  private final Rotations rotations;
  private final Optional<SharedWork> shared;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("housekeeping").factory());

  private Housekeeping(
      Keyring keyring, Imports imports, Rotations rotations, Optional<SharedWork> shared) {
    this.keyring = keyring;
    this.imports = imports;
    this.rotations = rotations;
    this.shared = shared;
  }

  /// @param shared of a shared store
  static Housekeeping start(
      Keyring keyring, Imports imports, Rotations rotations, Optional<SharedWork> shared) {
    var housekeeping = new Housekeeping(keyring, imports, rotations, shared);
    // The future would only tell of an exception, and look lets none out.
    var _ =
        housekeeping.thread.scheduleWithFixedDelay(
            housekeeping::look, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
    return housekeeping;
  }

  private void look() {
    if (!isItsTurn()) {
      return;
    }
    look("destroyed {} keys whose waiting time has passed", keyring::destroyDueKeys);
    look("deleted the expired material of {} keys", imports::deleteExpired);
    look("rotated {} keys", rotations::rotateDue);
    shared.ifPresent(work -> look("deleted {} old entries of the change feed", work::trimFeed));
  }

  private boolean isItsTurn() {
    try {
      return shared.isEmpty() || shared.get().takeTurn();
    } catch (Throwable failure) {
      LOG.warn("housekeeping could not ask for its turn: {}", failure.toString());
      return false;
    }
  }

  private static void look(String done, IntSupplier work) {
    try {
      int count = work.getAsInt();
      if (count > 0) {
        LOG.info(done, count);
      }
    } catch (Throwable failure) {
      // Anything let out would end the schedule; the next look tries again.
      LOG.error("housekeeping failed", failure);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LAST_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("housekeeping did not end in time");
      }
      shared.ifPresent(SharedWork::passTurn);
    } catch (KmsException.Unavailable down) {
      LOG.warn("the turn at housekeeping could not be passed on; it ends soon: {}", "" + down);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
