package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HsmThreadTest {
  private static final Duration PATIENCE = Duration.ofMillis(50);

  private final AtomicLong nanos = new AtomicLong();
  private final HsmThread thread = new HsmThread(PATIENCE, nanos::get);
  private final CountDownLatch answer = new CountDownLatch(1);

  private String hang() throws InterruptedException {
    answer.await();
    return "late";
  }

  @Test
  void whatIsThrownIsToldOf() {
    var trouble = new IllegalArgumentException("trouble");
    assertThatThrownBy(() ->
            thread.call(
                () -> {
                  throw trouble;
                },
                _ -> {}))
        .isInstanceOf(ExecutionException.class)
        .hasCause(trouble);
  }

  @Test
  void whileOneCallHangsTheOthersAreRefusedAtOnceAndAreServedAfterwards() throws Exception {
    var wiped = new CompletableFuture<String>();
    assertThatThrownBy(() -> thread.call(this::hang, wiped::complete))
        .isInstanceOf(TimeoutException.class);

    nanos.set(PATIENCE.toNanos() + 1);
    assertThatThrownBy(() -> thread.call(() -> "other", _ -> {}))
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("has not returned");

    answer.countDown();
    assertThat(wiped.get(30, TimeUnit.SECONDS)).isEqualTo("late");
    nanos.set(0); // as if the module had taken no time since
    assertThat(retried(() -> "again")).isEqualTo("again");
  }

  @Test
  void aCallThatWasGivenUpWhileItWaitedIsNotMade() throws Exception {
    assertThatThrownBy(() -> thread.call(this::hang, _ -> {})).isInstanceOf(TimeoutException.class);
    var made = new AtomicLong();
    assertThatThrownBy(() -> thread.call(made::incrementAndGet, _ -> {}))
        .isInstanceOf(TimeoutException.class);

    answer.countDown();
    assertThat(retried(() -> "next")).isEqualTo("next");
    assertThat(made).hasValue(0);
  }

  /// On a busy machine the thread may need longer than the patience of this test.
  private String retried(java.util.concurrent.Callable<String> work) throws Exception {
    while (true) {
      try {
        return thread.call(work, _ -> {});
      } catch (TimeoutException busy) {
        Thread.onSpinWait();
      }
    }
  }
}
