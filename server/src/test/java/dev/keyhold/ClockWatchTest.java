package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClockWatchTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration WRONG = Duration.ofDays(21);

  @TempDir private Path folder;
  private Instant wall = START;
  private long nanos;
  private Instant keyIsDue = START.plus(Duration.ofDays(7));
  private LastSeen lastSeen = new LastSeen(Path.of("none"));
  private PatientClock patient = PatientClock.believing(() -> wall, () -> nanos);
  private ClockWatch watch = watch();

  private ClockWatch watch() {
    return new ClockWatch(
        patient, lastSeen, Duration.ZERO, time -> time.isBefore(keyIsDue) ? 0 : 1, () -> nanos);
  }

  @BeforeEach
  void inAFolder() {
    lastSeen = LastSeen.in(folder);
  }

  /// As when the process starts.
  private void start() {
    patient = PatientClock.doubting(() -> wall, () -> nanos, lastSeen.read());
    watch = watch();
    watch.look();
  }

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
    watch.look();
  }

  @Test
  void aServerOfWhichNobodyKnowsNeedsNoDoubtWhileNothingIsDue() {
    start();
    assertThat(patient.instant()).isEqualTo(START);
  }

  @Test
  void whatIsDueByAClockThatIsWrongAtTheStartIsNotDestroyed() throws Exception {
    lastSeen.write(START);
    wall = START.plus(WRONG);
    start();
    assertThat(patient.instant()).isBefore(keyIsDue);
    pass(Duration.ofSeconds(20));
    wall = wall.minus(WRONG);
    pass(PatientClock.GRACE.multipliedBy(2));
    assertThat(patient.instant()).isEqualTo(wall).isBefore(keyIsDue);
  }

  @Test
  void whatFellDueMeanwhileIsDestroyedAfterTheWait() throws Exception {
    lastSeen.write(START);
    wall = START.plus(WRONG); // it was down as long
    start();
    assertThat(patient.instant()).isBefore(keyIsDue);
    pass(PatientClock.GRACE);
    assertThat(patient.instant()).isEqualTo(wall).isAfter(keyIsDue);
  }

  @Test
  void theTimeIsNotedNowAndThenAndAtTheEnd() {
    start();
    assertThat(lastSeen.read()).isEmpty();
    pass(Duration.ofMinutes(5));
    assertThat(lastSeen.read()).hasValue(wall);
    Instant before = wall;
    pass(Duration.ofMinutes(1));
    assertThat(lastSeen.read()).hasValue(before);
    watch.close();
    assertThat(lastSeen.read()).hasValue(wall);
  }

  @Test
  void aDoubtedTimeIsNotNoted() throws Exception {
    lastSeen.write(START);
    wall = START.plus(WRONG);
    start();
    pass(Duration.ofMinutes(6));
    watch.close();
    assertThat(lastSeen.read()).hasValue(START);
  }

  @Test
  void aClockThatJumpsAheadIsNotNoted() {
    start();
    wall = wall.plus(WRONG);
    pass(Duration.ofMinutes(5));
    assertThat(lastSeen.read()).hasValue(START.plus(Duration.ofMinutes(5)));
  }

  @Test
  void anythingElseInTheFileIsNoTime() throws Exception {
    Files.writeString(lastSeen.file(), "yesterday");
    assertThat(lastSeen.read()).isEqualTo(Optional.empty());
  }
}
