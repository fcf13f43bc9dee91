package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PromisedTest {
  private static final int RACES = 2_000;

  private final AtomicInteger discarded = new AtomicInteger();

  private Promised<String> answer() {
    return new Promised<>(() -> "answer", _ -> discarded.incrementAndGet());
  }

  @Test
  void answerGoesToWhoeverWaits() throws Exception {
    var promised = answer();
    promised.run();
    assertThat(promised.await(Duration.ofSeconds(30))).isEqualTo("answer");
    assertThat(discarded).hasValue(0);
  }

  @Test
  void whatIsGivenUpBeforeItsTurnIsNotDone() {
    var done = new AtomicBoolean();
    var promised = new Promised<>(() -> done.getAndSet(true), _ -> {});
    assertThatThrownBy(() -> promised.await(Duration.ZERO)).isInstanceOf(TimeoutException.class);
    promised.run();
    assertThat(done).isFalse();
  }

  @Test
  void answerThatComesTooLateIsDiscarded() throws Exception {
    var begun = new CountDownLatch(1);
    var waiting = new CountDownLatch(1);
    var wiped = new CountDownLatch(1);
    var promised =
        new Promised<>(
            () -> {
              begun.countDown();
              return waiting.await(30, TimeUnit.SECONDS);
            },
            _ -> wiped.countDown());
    Thread.ofVirtual().start(promised::run);
    begun.await();
    assertThatThrownBy(() -> promised.await(Duration.ZERO)).isInstanceOf(TimeoutException.class);
    waiting.countDown();
    assertThat(wiped.await(30, TimeUnit.SECONDS)).isTrue();
  }

  /// Failure and end of patience in one moment: it is the one or the other.
  @Test
  void failureInTheLastMomentIsToldAsOne() {
    for (int race = 0; race < RACES; race++) {
      var promised =
          new Promised<>(
              () -> {
                throw new IllegalArgumentException("trouble");
              },
              _ -> {});
      race(promised, Duration.ofNanos(race * 50L));
    }
  }

  /// Nobody's answer is lost: somebody has it, or it was discarded.
  @Test
  void answerInTheLastMomentHasOneOwner() {
    int had = 0;
    for (int race = 0; race < RACES; race++) {
      if (race(answer(), Duration.ofNanos(race * 50L))) {
        had++;
      }
    }
    assertThat(had + discarded.get()).isLessThanOrEqualTo(RACES);
    assertThat(had).isPositive();
  }

  @Test
  void interruptedWaitLosesNoAnswerEither() throws Exception {
    for (int race = 0; race < RACES; race++) {
      discarded.set(0);
      var begun = new AtomicBoolean();
      var promised =
          new Promised<>(
              () -> {
                begun.set(true);
                return "answer";
              },
              _ -> discarded.incrementAndGet());
      Thread worker = Thread.ofPlatform().start(promised::run);
      boolean had;
      try {
        Thread.currentThread().interrupt();
        had = promised.await(Duration.ofSeconds(30)).equals("answer");
      } catch (InterruptedException expected) {
        had = false;
      } finally {
        Thread.interrupted();
      }
      worker.join();
      assertThat((had ? 1 : 0) + discarded.get()).isEqualTo(begun.get() ? 1 : 0);
    }
  }

  /// @return whether the answer came
  private static boolean race(Promised<?> promised, Duration patience) {
    Thread worker = Thread.ofPlatform().start(promised::run);
    try {
      promised.await(patience);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException failure) {
      assertThat(failure).hasCauseInstanceOf(IllegalArgumentException.class);
      return true;
    } catch (InterruptedException impossible) {
      throw new AssertionError(impossible);
    } finally {
      join(worker);
    }
  }

  private static void join(Thread worker) {
    try {
      worker.join();
    } catch (InterruptedException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
