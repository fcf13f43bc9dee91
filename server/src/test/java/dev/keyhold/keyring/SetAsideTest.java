package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException;
import dev.keyhold.key.KeyId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SetAsideTest {
  private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 5); // it may wrap
  private final SetAside aside = new SetAside(time::get);
  private final KeyId key = KeyId.random();

  private static boolean fails() {
    throw new IllegalStateException("made up");
  }

  private void pass(Duration duration) {
    time.addAndGet(duration.toNanos());
  }

  @Test
  void keyThatFailsIsLeftAloneEachTimeForLonger() {
    Duration pause = SetAside.FIRST;
    for (int failure = 0; failure < 12; failure++) {
      assertThat(aside.attempt(key, SetAsideTest::fails)).isFalse();
      assertThat(aside.has(key)).isTrue();
      assertThat(aside.has(KeyId.random())).isFalse();
      pass(pause.minusNanos(1));
      assertThat(aside.has(key)).isTrue();
      pass(Duration.ofNanos(1));
      assertThat(aside.has(key)).isFalse();
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(SetAside.LONGEST) > 0 ? SetAside.LONGEST : pause;
    }
    assertThat(aside.attempt(key, () -> true)).isTrue();
    assertThat(aside.size()).isZero();
  }

  @Test
  void storeThatIsDownEndsTheLookAndAnotherKeyIsFirstNextTime() {
    assertThatThrownBy(() ->
            aside.attempt(
                key,
                () -> {
                  throw new KmsException.Unavailable("the key store", new RuntimeException());
                }))
        .isInstanceOf(KmsException.Unavailable.class);
    assertThat(aside.has(key)).isTrue();
  }

  @Test
  void keysThatAreGoneAreForgotten() {
    for (int i = 0; i < 10; i++) {
      aside.attempt(KeyId.random(), SetAsideTest::fails);
    }
    assertThat(aside.size()).isEqualTo(10);
    pass(SetAside.LONGEST.plus(SetAside.FIRST).plusNanos(1));
    aside.attempt(key, SetAsideTest::fails);
    assertThat(aside.size()).isEqualTo(1);
  }
}
