package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final String PROJECT = "0123456789abcdef0123456789abcdef";

  private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 5); // it may wrap

  private static boolean isLet(RateLimit limit, String tenant) {
    try {
      limit.charge(tenant);
      return true;
    } catch (KmsException.Rejected refused) {
      assertThat(refused.error()).isEqualTo(GatewayError.THROTTLED);
      return false;
    }
  }

  private static int let(RateLimit limit, String tenant, int calls) {
    int count = 0;
    for (int i = 0; i < calls; i++) {
      count += isLet(limit, tenant) ? 1 : 0;
    }
    return count;
  }

  private void pass(Duration duration) {
    time.addAndGet(duration.toNanos());
  }

  @Test
  void aSecondsCallsMayComeAtOnceAndThenTheyComeAtTheRate() {
    var limit = new RateLimit("tenant", 20, time::get);
    assertThat(let(limit, PROJECT, 100)).isEqualTo(20);
    pass(Duration.ofMillis(49));
    assertThat(isLet(limit, PROJECT)).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(let(limit, PROJECT, 10)).isEqualTo(1);
    pass(Duration.ofMillis(500));
    assertThat(let(limit, PROJECT, 100)).isEqualTo(10);
    pass(Duration.ofDays(400));
    assertThat(let(limit, PROJECT, 100)).isEqualTo(20);
  }

  @Test
  void refusedCallsCostNothing() {
    var limit = new RateLimit("tenant", 1, time::get);
    assertThat(let(limit, PROJECT, 1000)).isEqualTo(1);
    pass(Duration.ofSeconds(1));
    assertThat(isLet(limit, PROJECT)).isTrue();
  }

  @Test
  void tenantsDoNotTakeFromEachOther() {
    var limit = new RateLimit("tenant", 3, time::get);
    assertThat(let(limit, "a", 10)).isEqualTo(3);
    assertThat(let(limit, "b", 10)).isEqualTo(3);
  }

  @Test
  void zeroIsNoLimit() {
    assertThat(let(new RateLimit("tenant", 0, time::get), PROJECT, 10_000)).isEqualTo(10_000);
  }

  @Test
  void threadsTogetherGetNoMoreThanOne() throws InterruptedException {
    var limit = new RateLimit("tenant", 1000, () -> 0);
    var let = new AtomicInteger();
    var begin = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        threads.execute(() -> {
          try {
            begin.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          let.addAndGet(let(limit, PROJECT, 500));
        });
      }
      begin.countDown();
    }
    assertThat(let.get()).isEqualTo(1000);
  }
}
