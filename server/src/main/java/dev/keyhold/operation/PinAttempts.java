package dev.keyhold.operation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.KeyId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Counts wrong PINs by key and user. The fifth locks for 15 minutes, in which no PIN is tried, not
/// even the right one; a user's wrong PINs lock nobody else.
///
/// Failures are forgotten 15 minutes after the last, and a success does not wipe them out: who may
/// wrap data keys has containers whose PIN he knows, and could open one between any two guesses at
/// another's.
///
/// Memory is bounded: beyond [#MOST] entries the least used are forgotten, each of which cost
/// somebody one Argon2 computation. A restart forgets all.
final class PinAttempts {
  private static final int LIMIT = 5;
  private static final Duration PERIOD = Duration.ofMinutes(15);
  private static final int MOST = 20_000;

  record Whose(KeyId key, UserId user) {}

  /// @param sinceNanos the time of the last failure
  private record Failures(int count, long sinceNanos) {}

  private final LongSupplier nanoTime;
  private final Cache<Whose, Failures> failures;

  PinAttempts(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.failures =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterWrite(PERIOD.multipliedBy(2)) // [#isOver] is exact, this frees memory
            .ticker(nanoTime::getAsLong)
            .build();
  }

  /// To be asked before the slow computation, so that a locked caller costs nothing.
  ///
  /// @throws Rejected `KMS.2201`
  void requireUnlocked(Whose whose) {
    if (isLocked(failures.getIfPresent(whose))) {
      throw locked();
    }
  }

  /// Tries a PIN, one at a time for a key and user: of many guesses sent at once, no more than the
  /// limit learn whether they are right.
  ///
  /// @param open quick; empty when the PIN is wrong
  /// @throws Rejected `KMS.2201`, without asking `open`
  <T> Optional<T> attempt(Whose whose, Supplier<Optional<T>> open) {
    var result = new AtomicReference<@Nullable Optional<T>>();
    failures
        .asMap()
        .compute(
            whose,
            (_, known) -> {
              if (isLocked(known)) {
                return known;
              }
              Optional<T> opened = open.get();
              result.set(opened);
              return opened.isPresent() ? known : next(known);
            });
    Optional<T> opened = result.get();
    if (opened == null) {
      throw locked();
    }
    return opened;
  }

  private Failures next(@Nullable Failures known) {
    int before = known == null || isOver(known) ? 0 : known.count();
    return new Failures(before + 1, nanoTime.getAsLong());
  }

  private boolean isLocked(@Nullable Failures known) {
    return known != null && known.count() >= LIMIT && !isOver(known);
  }

  private boolean isOver(Failures known) {
    return nanoTime.getAsLong() - known.sinceNanos() >= PERIOD.toNanos();
  }

  private static Rejected locked() {
    return KmsError.INVALID_CIPHERTEXT.rejected(
        "After 5 wrong PINs with this key, none is tried for 15 minutes.");
  }
}
