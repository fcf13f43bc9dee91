package dev.keyhold.error;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class BlockingTest {
  @Test
  void anOrdinaryThreadMayWait() {
    assertThatCode(Blocking::ahead).doesNotThrowAnyException();
  }

  @Test
  void waitingIsRefusedWhereItIsForbidden() {
    assertThatThrownBy(() -> Blocking.forbidden(Blocking::ahead))
        .isInstanceOf(Blocking.WouldBlock.class);
  }

  @Test
  void theBanEndsWithTheWorkEvenWhenThatFails() {
    Runnable failing =
        () -> {
          throw new IllegalStateException("work failed");
        };
    assertThatThrownBy(() -> Blocking.forbidden(failing)).isInstanceOf(IllegalStateException.class);
    assertThatCode(Blocking::ahead).doesNotThrowAnyException();
  }
}
