package dev.keyhold.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 5); // it may wrap

  @Test
  void oneASecondPassesAndTheRestIsCounted() {
    var throttle = new Throttle(time::get);
    assertThat(throttle.pass()).hasValue(0);
    for (int i = 0; i < 7; i++) {
      assertThat(throttle.pass()).isEmpty();
    }
    time.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(throttle.pass()).hasValue(7);
    assertThat(throttle.pass()).isEmpty();
    time.addAndGet(TimeUnit.MINUTES.toNanos(1));
    assertThat(throttle.pass()).hasValue(1);
  }
}
