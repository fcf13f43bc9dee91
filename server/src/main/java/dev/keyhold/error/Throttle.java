package dev.keyhold.error;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Lets one event a second be told of, and counts those in between: a log that grows with each
/// refused call would fill the disk just when something is down.
public final class Throttle {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private final AtomicLong untold = new AtomicLong();
  private final AtomicLong next;

  public Throttle(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.next = new AtomicLong(nanoTime.getAsLong());
  }

  /// Counts an event.
  ///
  /// @return how many went untold before this one, when it is to be told; else empty
  public OptionalLong pass() {
    long due = next.get();
    long now = nanoTime.getAsLong();
    if (now - due >= 0 && next.compareAndSet(due, now + SECOND)) {
      return OptionalLong.of(untold.getAndSet(0));
    }
    untold.incrementAndGet();
    return OptionalLong.empty();
  }
}
