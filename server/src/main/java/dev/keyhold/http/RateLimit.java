package dev.keyhold.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.GatewayError;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// How many calls a second each tenant, or each user, may make, and as many at once after a second
/// of rest.
///
/// A bucket is one number, the time at which it will be full again; a call moves that on by its
/// share of a second, with one compare-and-set and no lock. (This is the generic cell rate
/// algorithm, ITU-T I.371.)
final class RateLimit {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /// Beyond these the least used buckets are forgotten. A forgotten one is full again, which gives
  /// its owner a second's calls too many.
  private static final int MOST_BUCKETS = 10_000;

  private final String of;
  private final int perSecond;
  private final long share;
  private final LongSupplier nanoTime;
  private final Cache<String, AtomicLong> fullAt =
      Caffeine.newBuilder().maximumSize(MOST_BUCKETS).build();

  /// @param of whose calls are counted, as the refusal names it
  /// @param perSecond 0 for no limit
  /// @param nanoTime monotonic, as [System#nanoTime]
  RateLimit(String of, int perSecond, LongSupplier nanoTime) {
    this.of = of;
    this.perSecond = perSecond;
    this.share = perSecond == 0 ? 0 : SECOND / perSecond;
    this.nanoTime = nanoTime;
  }

  /// Counts a call.
  ///
  /// @param owner an id of a project, domain or user
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0308` when it is one too many
  void charge(String owner) {
    if (perSecond > 0 && !take(owner)) {
      throw GatewayError.THROTTLED.because(
          "policy " + of + " over ratelimit,limit:" + perSecond + ",time:1 second");
    }
  }

  private boolean take(String owner) {
    long now = nanoTime.getAsLong();
    AtomicLong bucket = fullAt.get(owner, _ -> new AtomicLong(now));
    while (true) {
      long was = bucket.get();
      long missing = Math.max(0, was - now); // a difference, since the clock may wrap
      if (missing > SECOND - share) {
        return false;
      }
      if (bucket.compareAndSet(was, now + missing + share)) {
        return true;
      }
    }
  }
}
