package dev.keyhold.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CacheShareTest {
  private static final long LAUNCHERS_HEAP = 64L << 20;

  @Test
  void allCachesTogetherLeaveRoomForTheWork() {
    assertThat(Stream.of(CacheShare.values()).mapToInt(CacheShare::percent).sum())
        .isLessThanOrEqualTo(65);
  }

  @Test
  void sharesAreOfTheHeap() {
    assertThat(CacheShare.KEYS.entriesOf(LAUNCHERS_HEAP)).isEqualTo(3355);
    assertThat(CacheShare.KEKS.entriesOf(LAUNCHERS_HEAP)).isGreaterThanOrEqualTo(2 * 1000);
    assertThat(CacheShare.KEYS.entriesOf(LAUNCHERS_HEAP * 64)).isEqualTo(100_000);
  }
}
