package dev.keyhold;

import dev.keyhold.audit.AuditNode;
import dev.keyhold.audit.AuditScope;
import dev.keyhold.error.KmsException;
import dev.keyhold.error.Throttle;
import dev.keyhold.feed.Freshness;
import dev.keyhold.keyring.Imports;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.store.SharedWork;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
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
  private static final Duration BETWEEN_FAILURES = Duration.ofMinutes(1);
  private static final long LAST_WAIT_SECONDS = 5;
  private static final int LOOKS_PER_CLOCK_CHECK = 60;
  private static final int LOOKS_PER_CERTIFICATE_CHECK = 24 * 60 * 60; // a day, and some

  private final Keyring keyring;
  private final Imports imports;
  private final Rotations rotations;
  private final Optional<SharedWork> shared;
  private final Freshness freshness;
  private final RootKeyWatch rootKey;
  private final Optional<AuditNode> audit;
  private final Optional<ClockSkew> skew;
  private final Optional<ClockWatch> watch;
  private final Optional<CertificateWatch> certificate;
  private final Map<String, Throttle> failures = new HashMap<>();
  private int looks;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("housekeeping").factory());

  private Housekeeping(
      Keyring keyring,
      Imports imports,
      Rotations rotations,
      Optional<SharedWork> shared,
      Freshness freshness,
      RootKeyWatch rootKey,
      Optional<AuditNode> audit,
      Optional<ClockSkew> skew,
      Optional<ClockWatch> watch,
      Optional<CertificateWatch> certificate) {
    this.freshness = freshness;
    this.rootKey = rootKey;
    this.certificate = certificate;
    this.audit = audit;
    this.skew = skew;
    this.watch = watch;
    this.keyring = keyring;
    this.imports = imports;
    this.rotations = rotations;
    this.shared = shared;
  }

  /// @param shared of a shared store
  /// @param freshness without which this node leaves the work to others
  /// @param rootKey looked at each second
  /// @param audit by whom what is done is recorded, unless nothing is
  /// @param skew of a shared store, whose clock this node's is compared with
  /// @param watch of an embedded store, whose clock is this machine's alone
  /// @param certificate of a server that does TLS
  static Housekeeping start(
      Keyring keyring,
      Imports imports,
      Rotations rotations,
      Optional<SharedWork> shared,
      Freshness freshness,
      RootKeyWatch rootKey,
      Optional<AuditNode> audit,
      Optional<ClockSkew> skew,
      Optional<ClockWatch> watch,
      Optional<CertificateWatch> certificate) {
    var housekeeping =
        new Housekeeping(
            keyring,
            imports,
            rotations,
            shared,
            freshness,
            rootKey,
            audit,
            skew,
            watch,
            certificate);
    // The future would only tell of an exception, and look lets none out.
    var _ =
        housekeeping.thread.scheduleWithFixedDelay(
            housekeeping::look, 0, PERIOD_SECONDS, TimeUnit.SECONDS);
    return housekeeping;
  }

  private void look() {
    if (looks % LOOKS_PER_CLOCK_CHECK == 0) {
      skew.ifPresent(Housekeeping::compareClocks);
    }
    if (looks % LOOKS_PER_CERTIFICATE_CHECK == 0) {
      certificate.ifPresent(CertificateWatch::look);
    }
    looks = (looks + 1) % LOOKS_PER_CERTIFICATE_CHECK; // of which the other is a part
    watch.ifPresent(this::watchClock);
    if (!isItsTurn()) {
      return;
    }
    look("destroy-key", "destroyed {} keys whose waiting time has passed", keyring::destroyDueKeys);
    look(
        "delete-expired-key-material",
        "deleted the expired material of {} keys",
        imports::deleteExpired);
    look("rotate-key", "rotated {} keys", rotations::rotateDue);
    // No record: it changes nothing that anybody has asked for.
    shared.ifPresent(
        work -> perform("trim-feed", "deleted {} old entries of the change feed", work::trimFeed));
  }

  private static void compareClocks(ClockSkew skew) {
    try {
      skew.look();
    } catch (Throwable failure) {
      LOG.debug("the clocks could not be compared", failure);
    }
  }

  private void watchClock(ClockWatch clock) {
    try {
      clock.look();
    } catch (Throwable failure) {
      failed("housekeeping could not look at the clock", failure);
    }
  }

  private boolean isItsTurn() {
    try {
      rootKey.look();
      return shared.isEmpty() || (freshness.isFresh() && shared.get().takeTurn());
    } catch (Throwable failure) {
      failed("housekeeping could not ask for its turn", failure);
      return false;
    }
  }

  /// Tells of each kind of failure once in a while: what fails is tried again each second, for as
  /// long as the database is away.
  private void failed(String what, Throwable failure) {
    failures
        .computeIfAbsent(what, _ -> new Throttle(System::nanoTime, BETWEEN_FAILURES))
        .pass()
        .ifPresent(untold -> {
          if (failure instanceof KmsException.Unavailable) {
            LOG.warn("{}, and {} times before: {}", what, untold, failure.toString());
          } else {
            LOG.error("{}, and {} times before", what, untold, failure);
          }
        });
  }

  /// @param action what audit records call it
  private void look(String action, String done, IntSupplier work) {
    perform(
        action,
        done,
        () ->
            audit.isPresent()
                ? AuditScope.upkeep(audit.get(), action, work::getAsInt)
                : work.getAsInt());
  }

  private void perform(String action, String done, IntSupplier work) {
    try {
      int count = work.getAsInt();
      if (count > 0) {
        LOG.info(done, count);
      }
    } catch (Throwable failure) {
      // Anything let out would end the schedule; the next look tries again.
      failed("housekeeping failed at " + action, failure);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LAST_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("housekeeping did not end in time");
      }
      watch.ifPresent(ClockWatch::close);
      shared.ifPresent(SharedWork::passTurn);
    } catch (KmsException.Unavailable down) {
      LOG.warn("the turn at housekeeping could not be passed on; it ends soon: {}", "" + down);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
