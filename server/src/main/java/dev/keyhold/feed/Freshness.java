package dev.keyhold.feed;

import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.function.LongSupplier;

/// How old this node's knowledge of the others' changes is. What is in memory may be used while it
/// is younger than a bound; beyond that a node that is cut off refuses rather than guesses.
public final class Freshness {
  private static final Freshness UNSHARED = new Freshness(false, 0, () -> 0);

  private final boolean shared;
  private final long mostNanos;
  private final LongSupplier nanoTime;

  /// When the last successful look at the feed began: whatever was committed before is known here.
  private volatile long known;

  private volatile boolean lost;

  private Freshness(boolean shared, long mostNanos, LongSupplier nanoTime) {
    this.shared = shared;
    this.mostNanos = mostNanos;
    this.nanoTime = nanoTime;
    this.known = nanoTime.getAsLong() - mostNanos - 1; // nothing is known yet
  }

  /// Of a store that has this one process: always fresh.
  public static Freshness unshared() {
    return UNSHARED;
  }

  /// @param nanoTime monotonic, as [System#nanoTime]; a process that was stopped for a while finds
  ///   itself stale
  public static Freshness within(Duration most, LongSupplier nanoTime) {
    return new Freshness(true, most.toNanos(), nanoTime);
  }

  /// To be called before anything from memory is used: one volatile read.
  ///
  /// @throws Unavailable when what this node knows is too old
  public void require() {
    if (!isFresh()) {
      throw new Unavailable("the change feed of the key store");
    }
  }

  public boolean isFresh() {
    return !shared || nanoTime.getAsLong() - known <= mostNanos;
  }

  /// All changes that were committed before `nanos` are known, and what they change is forgotten.
  void knownAt(long nanos) {
    if (!lost) {
      known = nanos;
    }
  }

  /// Ends it for good: nothing from memory may be used until the process is started anew.
  public void lose() {
    lost = true;
    known = nanoTime.getAsLong() - mostNanos - 1;
  }
}
