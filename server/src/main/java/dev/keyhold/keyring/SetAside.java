package dev.keyhold.keyring;

import dev.keyhold.error.KmsException;
import dev.keyhold.error.Throttle;
import dev.keyhold.key.KeyId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys that housekeeping has failed with. Each is left alone for a while, a longer one after each
/// failure, so that it keeps no other from its turn and the log from growing. Of this process, in
/// memory: after a start each is tried again.
final class SetAside {
  private static final Logger LOG = LoggerFactory.getLogger(SetAside.class);

  static final Duration FIRST = Duration.ofSeconds(10);
  static final Duration LONGEST = Duration.ofHours(1);

  private record Pause(long nanos, long until) {}

  private final LongSupplier nanoTime;
  private final Throttle log;
  private final Map<KeyId, Pause> pauses = new ConcurrentHashMap<>();

  SetAside(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.log = new Throttle(nanoTime);
  }

  /// Whether a key is to be left alone now.
  boolean has(KeyId key) {
    Pause pause = pauses.get(key);
    return pause != null && nanoTime.getAsLong() - pause.until() < 0;
  }

  /// How many keys there are at the most that are to be left alone.
  int size() {
    return pauses.size();
  }

  /// Does what there is to do with a key; when that fails, it is told and the key set aside.
  ///
  /// @return what `work` returned, or false when it failed
  /// @throws KmsException.Unavailable when the store is down, and so for all keys; this one is not
  ///   the first to be tried then
  boolean attempt(KeyId key, BooleanSupplier work) {
    try {
      boolean done = work.getAsBoolean();
      pauses.remove(key);
      return done;
    } catch (KmsException.Unavailable down) {
      pause(key);
      throw down;
    } catch (RuntimeException failure) {
      Duration pause = pause(key);
      log.pass()
          .ifPresent(untold ->
              LOG.error(
                  "housekeeping failed with key {}, which is passed over for {} s ({} other"
                      + " failures were not told of)",
                  key,
                  pause.toSeconds(),
                  untold,
                  failure));
      return false;
    }
  }

  private Duration pause(KeyId key) {
    long now = nanoTime.getAsLong();
    pauses.values().removeIf(it -> now - it.until() > LONGEST.toNanos()); // gone, or healed
    return Duration.ofNanos(
        pauses
            .merge(
                key,
                new Pause(FIRST.toNanos(), now + FIRST.toNanos()),
                (before, _) -> {
                  long nanos = Math.min(before.nanos() * 2, LONGEST.toNanos());
                  return new Pause(nanos, now + nanos);
                })
            .nanos());
  }
}
