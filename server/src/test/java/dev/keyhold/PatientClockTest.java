package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class PatientClockTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant wall = START;
  private long nanos = Long.MAX_VALUE - 1; // a monotonic clock may overflow
  private final PatientClock clock = new PatientClock(() -> wall, () -> nanos);

  @Test
  void timeThatPassedIsShown() {
    pass(Duration.ofHours(3));
    assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofHours(3)));
  }

  @Test
  void aJumpAheadIsNotShown() {
    wall = wall.plus(Duration.ofDays(3650));
    pass(Duration.ofSeconds(5));
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(5));
  }

  @Test
  void aJumpAheadAndBackLeavesNothingBehind() {
    wall = wall.plus(Duration.ofDays(3650));
    assertThat(clock.instant()).isEqualTo(START);
    wall = START;
    pass(Duration.ofMinutes(1));
    assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofMinutes(1)));
  }

  @Test
  void aClockThatIsSetBackIsBelieved() {
    wall = wall.minus(Duration.ofHours(1));
    assertThat(clock.instant()).isEqualTo(START.minus(Duration.ofHours(1)));
  }

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
  }
}
