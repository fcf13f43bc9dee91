package dev.keyhold;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;

/// The clock of what can't be undone: the destruction of keys. It shows what the system's clock
/// shows, but never more than the time from which it believes that clock and what has passed since,
/// so that a clock that jumps ahead destroys nothing early. One that was set back makes destruction
/// late instead.
///
/// A machine may start with a clock that is weeks ahead, and be told seconds later. So a clock that
/// is far from when the server was last seen is doubted: until it has run evenly for [#GRACE], what
/// is shown is when the server was last seen, and what has passed since the start. It can't be
/// earlier than that. A clock that is set meanwhile is read anew.
final class PatientClock implements InstantSource {
  /// How far a clock may be from when the server was last seen and be believed at once, as after
  /// any restart. Were it wrong by all of this, the shortest waiting time, 7 days, would be shorter
  /// by less than a hundredth.
  static final Duration NEAR = Duration.ofHours(1);

  /// How long a doubted clock has to run evenly: longer than a time service needs to step it.
  static final Duration GRACE = Duration.ofMinutes(15);

  /// What is no step: slewing is some hundred times less in a [#GRACE].
  private static final Duration EVEN = Duration.ofMinutes(1);

  private final InstantSource wall;
  private final LongSupplier nanoTime;
  private final Optional<Instant> lastSeen;
  private boolean doubted;
  private Mark bound; // the most that is shown
  private Mark even; // since when a doubted clock has run evenly

  /// A time, and when it was.
  private record Mark(Instant time, long nanos) {
    Instant after(long now) {
      return time.plusNanos(now - nanos);
    }
  }

  private PatientClock(
      InstantSource wall, LongSupplier nanoTime, Optional<Instant> lastSeen, boolean doubted) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.lastSeen = lastSeen;
    this.doubted = doubted;
    this.even = new Mark(wall.instant(), nanoTime.getAsLong());
    this.bound = doubted ? new Mark(lastSeen.orElse(Instant.EPOCH), even.nanos()) : even;
  }

  /// One that believes the wall clock as it is now, where another clock has a say besides.
  ///
  /// @param nanoTime monotonic, as [System#nanoTime]
  static PatientClock believing(InstantSource wall, LongSupplier nanoTime) {
    return new PatientClock(wall, nanoTime, Optional.empty(), false);
  }

  /// One that doubts the wall clock.
  ///
  /// @param lastSeen when the server was last seen running; empty when nobody knows
  static PatientClock doubting(
      InstantSource wall, LongSupplier nanoTime, Optional<Instant> lastSeen) {
    return new PatientClock(wall, nanoTime, lastSeen, true);
  }

  @Override
  public synchronized Instant instant() {
    long now = nanoTime.getAsLong();
    Instant shown = wall.instant();
    if (doubted) {
      consider(new Mark(shown, now));
    }
    Instant most = bound.after(now);
    return shown.isAfter(most) ? most : shown;
  }

  /// The latest that it may be, so that a waiting time that begins then is no shorter because the
  /// clock was set back.
  synchronized Instant latest() {
    Instant shown = wall.instant();
    Instant most = bound.after(nanoTime.getAsLong());
    return shown.isAfter(most) ? shown : most;
  }

  private void consider(Mark read) {
    boolean near = lastSeen.isPresent() && isWithin(NEAR, bound, read);
    if (!near && !isWithin(EVEN, even, read)) {
      even = read;
    }
    if (near || read.nanos() - even.nanos() >= GRACE.toNanos()) {
      doubted = false;
      bound = read;
    }
  }

  private static boolean isWithin(Duration most, Mark mark, Mark read) {
    return Duration.between(mark.after(read.nanos()), read.time()).abs().compareTo(most) <= 0;
  }

  /// Believes the wall clock as it is now.
  synchronized void believe() {
    doubted = false;
    bound = new Mark(wall.instant(), nanoTime.getAsLong());
  }

  /// What keeps the wall clock from being believed.
  ///
  /// @param shown by the wall clock
  /// @param left how long it still has to run evenly
  record Doubt(Instant shown, Optional<Instant> lastSeen, Duration left) {}

  /// @return empty when it is believed
  synchronized Optional<Doubt> doubt() {
    Instant _ = instant();
    return doubted
        ? Optional.of(
            new Doubt(
                wall.instant(), lastSeen, GRACE.minusNanos(nanoTime.getAsLong() - even.nanos())))
        : Optional.empty();
  }
}
