package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConnectionRoomTest {
  private static final long MIB = 1024 * 1024;

  @Test
  void filesAreLeftForTheStoreAndTheLog() {
    assertThat(ConnectionRoom.inFiles(20_000)).isEqualTo(19_488);
    assertThat(ConnectionRoom.inFiles(1024)).isEqualTo(512);
    assertThat(ConnectionRoom.inFiles(100)).isEqualTo(50);
  }

  @Test
  void tooFewForAStartAreRefused() {
    assertThatThrownBy(() -> ConnectionRoom.refuseTooFew(64))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("ulimit -n is 64");
    ConnectionRoom.refuseTooFew(256);
  }

  @Test
  void usualHeapHoldsTenThousandPlainConnectionsAndFourThousandWithTls() {
    assertThat(ConnectionRoom.inHeap(64 * MIB, false)).isBetween(11_000, 12_000);
    assertThat(ConnectionRoom.inHeap(64 * MIB, true)).isEqualTo(4096);
    assertThat(ConnectionRoom.inHeap(Long.MAX_VALUE, true)).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void whatIsWantedIsGivenIfItFits() {
    assertThat(ConnectionRoom.most(Optional.of(10), true)).isEqualTo(10);
    assertThat(ConnectionRoom.most(Optional.of(Integer.MAX_VALUE), true))
        .isLessThan(Integer.MAX_VALUE)
        .isPositive();
  }
}
