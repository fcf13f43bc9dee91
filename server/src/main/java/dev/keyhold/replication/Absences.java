package dev.keyhold.replication;

import dev.keyhold.key.KeyId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/// Replicas that were wished for and are not there when they are asked. One is given up when it is
/// missing for longer than the message that makes it can be on its way.
final class Absences {
  private static final long LASTING =
      Peers.CONNECT_TIME.plus(Peers.ANSWER_TIME).plusSeconds(2).toNanos();

  /// What was seen so long ago is of another wish.
  private static final long PAST = Duration.ofMinutes(5).toNanos();

  private final LongSupplier nanoTime;
  private final ConcurrentMap<Place, Seen> seen = new ConcurrentHashMap<>();

  private record Place(KeyId key, String region) {}

  /// @param first when it was found missing, and `last`, by the clock that is given
  private record Seen(long first, long last) {}

  Absences(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// To be called when it is found missing.
  ///
  /// @return whether it has been for long enough
  boolean isLasting(KeyId key, String region) {
    long now = nanoTime.getAsLong();
    Seen missing =
        seen.merge(
            new Place(key, region),
            new Seen(now, now),
            (before, anew) -> now - before.last() > PAST ? anew : new Seen(before.first(), now));
    return now - missing.first() > LASTING;
  }

  /// It is there, or is not wished for any more, or anew.
  void ended(KeyId key, String region) {
    seen.remove(new Place(key, region));
  }
}
