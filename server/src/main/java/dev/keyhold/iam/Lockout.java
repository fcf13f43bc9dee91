package dev.keyhold.iam;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Counts consecutive failures and locks what fails too often, for 5 minutes from the failure that
/// locked it.
///
/// Counting must not become a weapon against those who do nothing wrong:
///
/// - access keys are counted by their id, which is no secret. So a lock changes only what a wrong
///   signature is answered; a correct one is always accepted and unlocks. A secret of 40 random
///   characters needs no more protection than that.
/// - passwords are counted by user name and source together. A locked source is refused even with
///   the right password, and no other source notices.
///
/// Memory is bounded: beyond [#MOST] entries the least used are forgotten, which for passwords
/// costs an attacker one Argon2 computation for the entries of one address: nothing is counted
/// without one.
final class Lockout<K> {
  private static final Duration PERIOD = Duration.ofMinutes(5);
  private static final int MOST = 20_000;

  /// @param sinceNanos the time of the last failure that was counted
  private record Failures(int count, long sinceNanos) {}

  private final ToIntFunction<K> limit;
  private final LongSupplier nanoTime;
  private final Cache<K, Failures> failures;

  /// @param limit the failure, counted from 1, that locks
  /// @param nanoTime monotonic, as [System#nanoTime]
  Lockout(ToIntFunction<K> limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
    this.failures =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterWrite(PERIOD.multipliedBy(2)) // [#isOver] is exact, this frees memory
            .ticker(nanoTime::getAsLong)
            .build();
  }

  boolean isLocked(K key) {
    Failures known = failures.getIfPresent(key);
    return known != null && known.count() >= limit.applyAsInt(key) && !isOver(known);
  }

  /// Counts a failure, unless the key is locked already: then it neither counts nor prolongs.
  ///
  /// @return whether the key is locked now
  boolean failed(K key) {
    int most = limit.applyAsInt(key);
    return failures.asMap().compute(key, (_, known) -> next(known, most)).count() >= most;
  }

  void succeeded(K key) {
    if (failures.getIfPresent(key) != null) {
      failures.asMap().remove(key);
    }
  }

  private Failures next(@Nullable Failures known, int most) {
    if (known == null || isOver(known)) {
      return new Failures(1, nanoTime.getAsLong());
    }
    return known.count() >= most ? known : new Failures(known.count() + 1, nanoTime.getAsLong());
  }

  private boolean isOver(Failures known) {
    return nanoTime.getAsLong() - known.sinceNanos() >= PERIOD.toNanos();
  }
}
