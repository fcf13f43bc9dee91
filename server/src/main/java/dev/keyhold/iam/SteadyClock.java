package dev.keyhold.iam;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Wall time that never runs backwards: it follows the wall clock forwards and the monotonic clock
/// when the wall clock is set back. A token measured with it never outlives its term because
/// somebody, or NTP, turned the clock back; a clock that jumps forwards ends tokens early, which is
/// the safe side.
public final class SteadyClock implements InstantSource {
  private final InstantSource wall;
  private final LongSupplier nanoTime;
  // The largest lead of the wall clock over the monotonic one that was ever seen, in milliseconds.
  private final AtomicLong lead = new AtomicLong(Long.MIN_VALUE);

  /// @param nanoTime monotonic, as [System#nanoTime]
  public SteadyClock(InstantSource wall, LongSupplier nanoTime) {
    this.wall = wall;
    this.nanoTime = nanoTime;
  }

  @Override
  public long millis() {
    long monotonic = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
    long seen = wall.millis() - monotonic;
    long most = lead.get();
    if (seen > most) {
      most = lead.accumulateAndGet(seen, Math::max);
    }
    return monotonic + most;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }
}
