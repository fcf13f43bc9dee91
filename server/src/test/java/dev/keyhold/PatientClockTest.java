package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PatientClockTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant wall = START;
  private long nanos = Long.MAX_VALUE - 1; // a monotonic clock may overflow
  private final PatientClock clock = PatientClock.believing(() -> wall, () -> nanos);

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
  void aWaitingTimeIsNoShorterForAClockThatWasSetBackAndNoLongerForOneThatJumped() {
    wall = wall.minus(Duration.ofHours(1));
    assertThat(clock.latest()).isEqualTo(START);
    wall = START.plus(Duration.ofDays(365));
    assertThat(clock.latest()).isEqualTo(wall);
    wall = START;
    assertThat(clock.latest()).isEqualTo(START);
  }

  @Test
  void aClockThatIsSetBackIsBelieved() {
    wall = wall.minus(Duration.ofHours(1));
    assertThat(clock.instant()).isEqualTo(START.minus(Duration.ofHours(1)));
  }

  private PatientClock doubting(Instant lastSeen) {
    return PatientClock.doubting(() -> wall, () -> nanos, Optional.of(lastSeen));
  }

  @Test
  void anOrdinaryRestartIsBelievedAtOnce() {
    PatientClock restarted = doubting(START.minus(PatientClock.NEAR));
    assertThat(restarted.instant()).isEqualTo(START);
    assertThat(restarted.doubt()).isEmpty();
  }

  @Test
  void aClockFarFromTheLastTimeIsBelievedOnceItHasRunEvenly() {
    wall = START.plus(Duration.ofDays(21));
    PatientClock started = doubting(START);
    pass(PatientClock.GRACE.minusNanos(1));
    assertThat(started.instant()).isEqualTo(START.plus(PatientClock.GRACE).minusNanos(1));
    assertThat(started.doubt().orElseThrow().left()).isEqualTo(Duration.ofNanos(1));
    pass(Duration.ofNanos(1));
    assertThat(started.instant())
        .isEqualTo(START.plus(Duration.ofDays(21)).plus(PatientClock.GRACE));
    assertThat(started.doubt()).isEmpty();
  }

  @Test
  void aDoubtedClockThatIsSetRightIsFollowedAtOnce() {
    wall = START.plus(Duration.ofDays(21));
    PatientClock started = doubting(START);
    pass(Duration.ofSeconds(30));
    assertThat(started.instant()).isEqualTo(START.plusSeconds(30));
    wall = wall.minus(Duration.ofDays(21)).plusSeconds(90); // what a restart takes
    assertThat(started.instant()).isEqualTo(START.plusSeconds(120));
    wall = wall.plus(Duration.ofDays(21));
    assertThat(started.instant()).isEqualTo(START.plusSeconds(120));
  }

  @Test
  void aStepBeginsTheWaitAnew() {
    wall = START.plus(Duration.ofDays(21));
    PatientClock started = doubting(START.minus(Duration.ofDays(2))); // it was down as long
    pass(Duration.ofMinutes(10));
    assertThat(started.doubt()).isPresent();
    wall = wall.minus(Duration.ofDays(21));
    pass(Duration.ofMinutes(10));
    assertThat(started.instant())
        .isEqualTo(START.minus(Duration.ofDays(2)).plus(Duration.ofMinutes(20)));
    pass(PatientClock.GRACE);
    assertThat(started.instant()).isEqualTo(wall);
  }

  @Test
  void nothingIsDueWhenNobodyKnowsWhenTheServerWasSeen() {
    PatientClock started = PatientClock.doubting(() -> wall, () -> nanos, Optional.empty());
    assertThat(started.instant()).isEqualTo(Instant.EPOCH);
    pass(PatientClock.GRACE);
    assertThat(started.instant()).isEqualTo(wall);
  }

  @Test
  void aClockThatStartsFarBehindIsFollowedWhenItIsSetRight() {
    wall = START.minus(Duration.ofDays(3650));
    PatientClock started = doubting(START);
    assertThat(started.instant()).isEqualTo(wall);
    wall = START;
    pass(Duration.ofMinutes(1));
    assertThat(started.instant()).isEqualTo(wall);
  }

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
  }
}
