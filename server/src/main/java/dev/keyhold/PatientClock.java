package dev.keyhold;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// The clock of what can't be undone: the destruction of keys. It shows what the system's clock
/// shows, but never more than the time of the start and what has passed since, so that a clock that
/// jumps ahead destroys nothing early. One that was set back makes destruction late instead.
final class PatientClock implements InstantSource {
  private final InstantSource wall;
  private final LongSupplier nanoTime;
  private final Instant start;
  private final long startNanos;

  /// @param nanoTime monotonic, as [System#nanoTime]
  PatientClock(InstantSource wall, LongSupplier nanoTime) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.start = wall.instant();
    this.startNanos = nanoTime.getAsLong();
  }

  @Override
  public Instant instant() {
    Instant shown = wall.instant();
    Instant passed = start.plusNanos(nanoTime.getAsLong() - startNanos);
    return shown.isAfter(passed) ? passed : shown;
  }
}
