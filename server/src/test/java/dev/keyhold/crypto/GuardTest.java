package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class GuardTest {
  @Test
  void secretIsDestroyedAfterTheUsesThatBeganAndOnce() throws Exception {
    var guard = new Guard();
    List<String> events = new CopyOnWriteArrayList<>();
    var closer = new Thread(() -> guard.close(() -> events.add("destroyed")));
    guard.use(() -> {
      closer.start();
      while (closer.getState() != Thread.State.WAITING) {
        Thread.onSpinWait(); // it waits for us, or else has destroyed already and is gone
        assertThat(closer.getState()).isNotEqualTo(Thread.State.TERMINATED);
      }
      return events.add("used");
    });
    closer.join();
    guard.close(() -> events.add("destroyed again"));
    assertThat(events).containsExactly("used", "destroyed");
    assertThatThrownBy(() -> guard.use(() -> "late")).isInstanceOf(IllegalStateException.class);
  }
}
