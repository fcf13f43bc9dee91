package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.SettableTime;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.KeyId;
import dev.keyhold.operation.PinAttempts.Whose;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PinAttemptsTest {
  private static final Duration PERIOD = Duration.ofMinutes(15);
  private static final Duration MOMENT = Duration.ofNanos(1);

  private final SettableTime time = new SettableTime(Instant.EPOCH);
  private final PinAttempts attempts = new PinAttempts(time::nanoTime);
  private final Whose alice = new Whose(KeyId.random(), UserId.random());

  @Test
  void theFifthWrongPinLocksEvenTheRightOneOut() {
    fail(4);
    assertThat(attempts.attempt(alice, () -> Optional.of("open"))).contains("open");
    fail(1);
    assertLocked(alice);
  }

  @Test
  void aLockEndsAfterItsPeriodAndCountsAnew() {
    fail(5);
    time.pass(PERIOD.minus(MOMENT));
    assertLocked(alice);
    time.pass(MOMENT);
    fail(4);
    assertThat(attempts.attempt(alice, () -> Optional.of("open"))).contains("open");
    fail(1);
    assertLocked(alice);
  }

  @Test
  void theWallClockDoesNotUnlock() {
    fail(5);
    time.setWall(Instant.EPOCH.plus(Duration.ofDays(365)));
    assertLocked(alice);
  }

  @Test
  void failuresAreForgottenAPeriodAfterTheLast() {
    fail(4);
    time.pass(PERIOD);
    fail(4);
    assertThatCode(() -> attempts.requireUnlocked(alice)).doesNotThrowAnyException();
  }

  /// Else a caller could open a container of its own between any two guesses.
  @Test
  void aSuccessDoesNotWipeFailuresOut() {
    for (int i = 0; i < 5; i++) {
      fail(1);
      if (i < 4) {
        attempts.attempt(alice, () -> Optional.of("my own container"));
      }
    }
    assertLocked(alice);
  }

  @Test
  void aLockIsOfOneUserAndOneKey() {
    fail(5);
    var sameKey = new Whose(alice.key(), UserId.random());
    var sameUser = new Whose(KeyId.random(), alice.user());
    assertThatCode(() -> attempts.requireUnlocked(sameKey)).doesNotThrowAnyException();
    assertThatCode(() -> attempts.requireUnlocked(sameUser)).doesNotThrowAnyException();
  }

  @Test
  void guessesSentAtOnceAreNotTriedBeyondTheLimit() throws InterruptedException {
    var tried = new AtomicInteger();
    Callable<Optional<String>> guess =
        () ->
            attempts.attempt(
                alice,
                () -> {
                  tried.incrementAndGet();
                  return Optional.empty();
                });
    try (var threads = Executors.newFixedThreadPool(8)) {
      threads.invokeAll(IntStream.range(0, 64).mapToObj(_ -> guess).toList());
    }
    assertThat(tried).hasValue(5);
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      attempts.requireUnlocked(alice);
      assertThat(attempts.attempt(alice, Optional::empty)).isEmpty();
    }
  }

  private void assertLocked(Whose whose) {
    assertThatThrownBy(() -> attempts.requireUnlocked(whose))
        .isInstanceOfSatisfying(
            Rejected.class,
            refused -> assertThat(refused.error()).isEqualTo(KmsError.INVALID_CIPHERTEXT));
    assertThatThrownBy(() -> attempts.attempt(whose, () -> Optional.of("open")))
        .isInstanceOf(Rejected.class);
  }
}
