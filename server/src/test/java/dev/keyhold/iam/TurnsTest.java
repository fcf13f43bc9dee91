package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Unavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnsTest {
  private final Turns turns = new Turns("the work");
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch release = new CountDownLatch(1);
  private final Semaphore begun = new Semaphore(0);
  private final AtomicInteger atWork = new AtomicInteger();
  private final AtomicInteger mostAtWork = new AtomicInteger();

  @AfterEach
  void stop() {
    release.countDown();
    threads.close();
  }

  private boolean work() {
    mostAtWork.accumulateAndGet(atWork.incrementAndGet(), Math::max);
    begun.release();
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    atWork.decrementAndGet();
    return true;
  }

  /// @return when they are there, at work or waiting
  private List<Future<Boolean>> come(String source, int count) throws InterruptedException {
    int there = turns.size();
    var works = new ArrayList<Future<Boolean>>();
    for (int i = 0; i < count; i++) {
      works.add(threads.submit(() -> turns.take(source, this::work)));
    }
    while (turns.size() < there + count) {
      Thread.sleep(1);
    }
    return works;
  }

  @Test
  void oneOfASourceTooManyIsRefusedAtOnceAndOtherSourcesAreServed() throws Exception {
    List<Future<Boolean>> first = come("a", 16);
    assertThatThrownBy(() -> turns.take("a", () -> true)).isInstanceOf(Unavailable.class);
    assertThat(turns.take("b", () -> true)).isTrue();
    assertThat(turns.size()).isEqualTo(16);
    release.countDown();
    for (Future<Boolean> each : first) {
      assertThat(each.get()).isTrue();
    }
    assertThat(mostAtWork).hasValue(1);
    assertThat(turns.take("a", () -> true)).isTrue();
    assertThat(turns.size()).isZero();
  }

  @Test
  void manySourcesLeaveRoomForOtherCalls() throws Exception {
    for (int i = 0; i < 16; i++) {
      come("source-" + i, 16);
    }
    begun.acquire(16);
    assertThatThrownBy(() -> turns.take("another", () -> true)).isInstanceOf(Unavailable.class);
    release.countDown();
    while (turns.size() > 0) {
      Thread.sleep(1);
    }
    assertThat(turns.take("another", () -> true)).isTrue();
  }

  @Test
  void failureEndsTheTurn() {
    for (int i = 0; i < 17; i++) {
      assertThatThrownBy(() ->
              turns.take(
                  "a",
                  () -> {
                    throw new IllegalStateException("a failure");
                  }))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(turns.size()).isZero();
  }
}
