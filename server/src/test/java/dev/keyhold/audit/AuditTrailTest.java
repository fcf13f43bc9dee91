package dev.keyhold.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// The order of what is read.
class AuditTrailTest extends OpenedLog {
  @Test
  void aClockThatWasSetBackBeginsAnotherSegmentAndNothingIsPassedOver() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
    }
    Instant back = NOW.minus(Duration.ofHours(1));
    try (var log = AuditLog.open(folder, AuditSync.GROUP, () -> back, disk, 1_000_000)) {
      assertThat(await(append(log, 1))).isTrue();
    }
    assertThat(Segments.files(folder)).containsExactly(segment(0), segment(1));
    assertThat(between(Instant.EPOCH, NOW)).singleElement().asString().contains(number(1));
    assertThat(between(NOW.minusSeconds(1), Instant.MAX))
        .singleElement()
        .asString()
        .contains(number(0));
  }

  @Test
  void aClockThatIsSetBackWhileTheLogIsWrittenDoesSoToo() throws Exception {
    var time = new AtomicReference<>(NOW);
    try (var log = AuditLog.open(folder, AuditSync.GROUP, time::get, disk, 1_000_000)) {
      assertThat(await(append(log, 0))).isTrue();
      time.set(NOW.minusMillis(900)); // hardly
      assertThat(await(append(log, 1))).isTrue();
      time.set(NOW.minusSeconds(60));
      assertThat(await(append(log, 2))).isTrue();
      assertThat(await(append(log, 3))).isTrue();
    }
    assertThat(Segments.files(folder)).containsExactly(segment(0), segment(2));
    assertThat(between(Instant.EPOCH, NOW)).hasSize(2).first().asString().contains(number(2));
    assertThat(between(NOW, Instant.MAX)).hasSize(2).last().asString().contains(number(1));
  }

  @Test
  void nothingIsPassedOverEitherWhereTheClockIsSetBackBeforeTheFirstRecordAfterAStart()
      throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
    }
    var time = new AtomicReference<>(NOW.plusSeconds(1));
    try (var log = AuditLog.open(folder, AuditSync.GROUP, time::get, disk, 1_000_000)) {
      time.set(NOW.minusSeconds(60));
      assertThat(await(append(log, 1))).isTrue();
      assertThat(await(append(log, 2))).isTrue();
    }
    assertThat(Segments.files(folder)).containsExactly(segment(0), segment(1));
    assertThat(between(NOW, Instant.MAX)).singleElement().asString().contains(number(0));
  }

  @Test
  void recordsOfDatabaseAndSegmentsAreReadInTheOrderOfTime() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 1))).isTrue();
    }
    AuditRecords committed =
        (at, id, limit) ->
            List.of(NOW.minusMillis(1), NOW.plusMillis(1)).stream()
                .filter(time -> time.isAfter(at))
                .map(time -> new AuditRecords.Committed(time, "id", "at " + time))
                .limit(limit)
                .toList();
    var records = new ArrayList<String>();
    new AuditTrail(Optional.of(committed), List.of(folder))
        .read(Instant.EPOCH, (_, record) -> records.add(record), _ -> {});
    assertThat(records).hasSize(3);
    assertThat(records.get(0)).isEqualTo("at " + NOW.minusMillis(1));
    assertThat(records.get(2)).isEqualTo("at " + NOW.plusMillis(1));
  }

  private List<String> between(Instant since, Instant until) throws IOException {
    var records = new ArrayList<String>();
    new AuditTrail(Optional.empty(), List.of(folder))
        .read(since, until, (_, record) -> records.add(record), _ -> records.add("damaged"));
    return records;
  }
}
