package dev.keyhold.error;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Lets one event in a while be told of, and counts those in between: a log that grows with each
/// refused call would fill the disk just when something is down.
public final class Throttle {
  private final LongSupplier nanoTime;
  private final long periodNanos;
  private final AtomicLong untold = new AtomicLong();
  private final AtomicLong next;

  /// One event a second.
  ///
  /// @param nanoTime monotonic, as [System#nanoTime]
  public Throttle(LongSupplier nanoTime) {
    this(nanoTime, Duration.ofSeconds(1));
  }

  /// @param period in which one event is told of
  public Throttle(LongSupplier nanoTime, Duration period) {
    this.nanoTime = nanoTime;
    this.periodNanos = period.toNanos();
    this.next = new AtomicLong(nanoTime.getAsLong());
  }

  /// Counts an event.
  ///
  /// @return how many went untold before this one, when it is to be told; else empty
  public OptionalLong pass() {
    long due = next.get();
    long now = nanoTime.getAsLong();
    if (now - due >= 0 && next.compareAndSet(due, now + periodNanos)) {
      return OptionalLong.of(untold.getAndSet(0));
    }
    untold.incrementAndGet();
    return OptionalLong.empty();
  }
}
