package dev.keyhold;

import dev.keyhold.PatientClock.Doubt;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notes every few minutes when this server was last seen, and ends a doubt of its clock when there
/// is nothing to doubt for. Else it tells the log what is to be destroyed if the clock is right,
/// and how long there is to set it right. Used by one thread.
final class ClockWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);

  /// Far below [PatientClock#NEAR], so that a killed server starts again without a doubt.
  private static final long PERIOD_NANOS = Duration.ofMinutes(5).toNanos();

  /// Beyond this the log need not have it exactly.
  static final int MOST_COUNTED = 1_000;

  private final PatientClock patient;
  private final LastSeen lastSeen;
  private final Duration offset;
  private final ToIntFunction<Instant> due;
  private final LongSupplier nanoTime;
  private long noted;
  private boolean weighed;
  private boolean told;
  private boolean writable = true;

  /// @param offset between the system's clock and the keys', which development mode may have
  /// @param due how many keys are to be destroyed, or to lose material, by the time given
  ClockWatch(
      PatientClock patient,
      LastSeen lastSeen,
      Duration offset,
      ToIntFunction<Instant> due,
      LongSupplier nanoTime) {
    this.patient = patient;
    this.lastSeen = lastSeen;
    this.offset = offset;
    this.due = due;
    this.nanoTime = nanoTime;
    this.noted = nanoTime.getAsLong();
  }

  void look() {
    Optional<Doubt> doubt = patient.doubt();
    if (doubt.isPresent() && !weighed) {
      weigh(doubt.get());
      weighed = true;
    }
    if (patient.doubt().isPresent()) {
      return;
    }
    if (told) {
      told = false;
      LOG.info("the clock is believed from now on, and what is overdue by it is destroyed");
    }
    long now = nanoTime.getAsLong();
    if (now - noted >= PERIOD_NANOS) {
      noted = now;
      note();
    }
  }

  /// There is nothing to doubt for when nothing could be destroyed before the doubt would end.
  private void weigh(Doubt doubt) {
    int overdue = due.applyAsInt(doubt.shown().plus(offset).plus(PatientClock.GRACE));
    if (overdue == 0) {
      patient.believe();
      return;
    }
    told = true;
    LOG.warn(
        "{} keys, or their imported material, are to be destroyed by this machine's clock. It shows"
            + " {}, and {}. They are destroyed once it has run evenly for {} minutes: if it is"
            + " wrong, set it right before",
        overdue == MOST_COUNTED ? "At least " + overdue : overdue,
        doubt.shown(),
        doubt
            .lastSeen()
            .map(time -> "the server was last seen running at " + time)
            .orElse("nobody knows when the server was last seen running"),
        doubt.left().plusSeconds(59).toMinutes());
  }

  /// Notes a last time, unless the clock is doubted.
  void close() {
    if (patient.doubt().isEmpty()) {
      note();
    }
  }

  private void note() {
    try {
      lastSeen.write(patient.instant());
      writable = true;
    } catch (IOException e) {
      if (writable) {
        writable = false;
        LOG.warn(
            "{} can't be written, so that the clock will be doubted at the next start: {}",
            lastSeen.file(),
            e.toString());
      }
    }
  }
}
