package dev.keyhold.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.GatewayError;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// How many calls a second each tenant may make, and as many at once after a second of rest.
///
/// A bucket is one number, the time at which it will be full again; a call moves that on by its
/// share of a second, with one compare-and-set and no lock. (This is the generic cell rate
/// algorithm, ITU-T I.371.)
final class RateLimit {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /// Beyond these the least used buckets are forgotten. A forgotten one is full again, which gives
  /// its tenant a second's calls too many.
  private static final int MOST_TENANTS = 10_000;

  private final int perSecond;
  private final long share;
  private final LongSupplier nanoTime;
  private final Cache<String, AtomicLong> fullAt =
      Caffeine.newBuilder().maximumSize(MOST_TENANTS).build();

  /// @param perSecond 0 for no limit
  /// @param nanoTime monotonic, as [System#nanoTime]
  RateLimit(int perSecond, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.share = perSecond == 0 ? 0 : SECOND / perSecond;
    this.nanoTime = nanoTime;
  }

  /// Counts a call.
  ///
  /// @param tenant the id of a project or domain
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0308` when it is one too many
  void charge(String tenant) {
    if (perSecond > 0 && !take(tenant)) {
      throw GatewayError.THROTTLED.because(
          "policy tenant over ratelimit,limit:" + perSecond + ",time:1 second");
    }
  }

  private boolean take(String tenant) {
    long now = nanoTime.getAsLong();
    AtomicLong bucket = fullAt.get(tenant, _ -> new AtomicLong(now));
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
