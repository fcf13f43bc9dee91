package dev.keyhold.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Disks that are full, broken or blocked under the log.
class AuditDiskFaultTest extends OpenedLog {
  private static final int SEGMENT = 1024 * 1024;

  /// The least that a disk writes whole or not at all.
  private static final int SECTOR = 512;

  private static final FileAttribute<Set<PosixFilePermission>> OWNERS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private int number;
  private final List<String> expected = new ArrayList<>();

  private void taken(AuditLog log, int records) throws Exception {
    for (int i = 0; i < records; i++) {
      expected.add(number(number));
      assertThat(await(append(log, number++))).isTrue();
    }
  }

  private void refused(AuditLog log) throws Exception {
    assertThat(await(append(log, number++))).isFalse();
  }

  private void resumed(AuditLog log) {
    awaitHealth(log);
    expected.add("resume-audit");
  }

  private void nothingIsMissing() throws IOException {
    List<String> records = records();
    assertThat(records).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(records.get(i)).contains(expected.get(i));
    }
  }

  private void untilOneIsWrittenPastTheCache(AuditLog log) throws Exception {
    Path zeros = Files.write(temporary.resolve("zeros"), new byte[SEGMENT]);
    Optional<DirectFile> tried = DirectFile.open(zeros, new DirectFile.Blocks());
    assumeTrue(tried.isPresent(), () -> "no direct writes on the file system of " + temporary);
    tried.orElseThrow().close();
    while (Files.size(Segments.files(folder).getLast()) != SEGMENT) {
      taken(log, 1);
    }
  }

  @Test
  void nothingIsWrittenBehindWhatCouldNotBeForced() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
      long kept = Files.size(segment(0));
      disk.truncateFails(true);
      disk.forceFails(true);
      assertThat(await(append(log, 1))).isFalse();
      disk.forceFails(false);
      assertThat(Files.size(segment(0))).isGreaterThan(kept);
      disk.truncateFails(false);
      awaitHealth(log);
      assertThat(await(append(log, 2))).isTrue();
      assertThat(Files.size(segment(0))).isEqualTo(kept);
      assertThat(Segments.files(folder)).containsExactly(segment(0), segment(1));
      assertThat(records()).hasSize(3).last().asString().contains(number(2));
    }
  }

  @Test
  void fullDiskFailsWhatWaitsAndTheLogComesBackByItself() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
      disk.room(50);
      assertThat(await(append(log, 1))).isFalse();
      assertThat(log.isHealthy()).isFalse();
      assertThat(await(append(log, 2))).isFalse();
      disk.room(Integer.MAX_VALUE);
      awaitHealth(log);
      assertThat(await(append(log, 3))).isTrue();
      assertThat(records())
          .satisfiesExactly(
              it -> assertThat(it).contains(number(0)),
              it -> assertThat(it).contains("\"caller\":\"keyhold\",\"action\":\"resume-audit\""),
              it -> assertThat(it).contains(number(3)));
    }
  }

  @Test
  void failedForceFailsWhatWaits() throws Exception {
    try (var log = open()) {
      disk.forceFails(true);
      assertThat(await(append(log, 1))).isFalse();
      disk.forceFails(false);
      awaitHealth(log);
      assertThat(await(append(log, 2))).isTrue();
      assertThat(records()).hasSize(2).last().asString().contains(number(2));
    }
  }

  @Test
  void blockedDiskTakesNoMoreRecordsUntilItMoves() throws Exception {
    try (var log = open()) {
      var gate = disk.block();
      var stuck = append(log, 1);
      while (log.isHealthy()) {
        Thread.onSpinWait(); // for a second
      }
      assertThat(await(append(log, 2))).isFalse();
      gate.countDown();
      assertThat(await(stuck)).isTrue();
      awaitHealth(log);
      assertThat(await(append(log, 3))).isTrue();
    }
  }

  private static void awaitHealth(AuditLog log) {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!log.isHealthy()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /// What is written to a segment that was taken away would be gone with this process.
  @Test
  void recordsAreRefusedWhileTheFolderIsGone() throws Exception {
    try (var log = open()) {
      taken(log, 1);
      Path elsewhere = temporary.resolve("elsewhere");
      Files.move(folder, elsewhere);
      Thread.sleep(1_100); // it is not looked for each record
      refused(log);
      Thread.sleep(600); // nor does it get well by itself
      assertThat(log.isHealthy()).isFalse();
      Files.move(elsewhere, folder);
      resumed(log);
      taken(log, 1);
    }
    nothingIsMissing();
  }

  @Test
  void aSegmentThatWasRemovedIsFollowedByAnother() throws Exception {
    try (var log = open()) {
      taken(log, 1);
      Files.delete(segment(0));
      Thread.sleep(1_100);
      refused(log);
      awaitHealth(log);
      assertThat(await(append(log, number++))).isTrue();
      assertThat(Segments.files(folder)).containsExactly(segment(1));
    }
  }

  @Test
  void whatWasPutInThePlaceOfASegmentStaysAsItIs() throws Exception {
    byte[] foreign = "somebody else's".getBytes(StandardCharsets.US_ASCII);
    try (var log = open(AuditSync.GROUP, SEGMENT)) {
      untilOneIsWrittenPastTheCache(log);
      taken(log, 5);
      Path last = Segments.files(folder).getLast();
      Files.move(last, folder.resolve("moved"));
      Files.write(last, foreign);
      Thread.sleep(1_100);
      refused(log);
      awaitHealth(log);
      taken(log, 1);
      assertThat(last).hasBinaryContent(foreign);
      assertThat(Segments.files(folder).getLast()).isNotEqualTo(last);
    }
  }

  @Test
  void aDiskThatFailsUnderASegmentWrittenAheadLosesNothing() throws Exception {
    try (var log = open(AuditSync.GROUP, SEGMENT)) {
      for (boolean full : new boolean[] {true, false}) {
        int segments = Segments.files(folder).size();
        while (Segments.files(folder).size() < segments + 2) { // the last was written ahead
          var group = new ArrayList<CompletableFuture<Boolean>>();
          for (int i = 0; i < 100; i++) {
            expected.add(number(number));
            group.add(append(log, number++));
          }
          for (var one : group) {
            assertThat(await(one)).isTrue();
          }
        }
        if (full) {
          disk.room(100);
        } else {
          disk.forceFails(true);
        }
        refused(log);
        disk.room(Integer.MAX_VALUE);
        disk.forceFails(false);
        resumed(log);
        taken(log, 1);
      }
    }
    nothingIsMissing();
  }

  /// A disk that fails in the middle of a block can leave one that holds neither what was there nor
  /// what was to be.
  @Test
  void recordsInTheBlockThatAFailedWriteDamagedAreWrittenAgain() throws Exception {
    disk.damages(true);
    try (var log = open(AuditSync.GROUP, SEGMENT)) {
      for (int records : new int[] {5, 40, 100, 17}) { // some are in the first block
        untilOneIsWrittenPastTheCache(log);
        taken(log, records);
        disk.truncateFails(records == 100);
        disk.room(0);
        refused(log);
        disk.room(Integer.MAX_VALUE);
        if (records == 100) { // nor can it go on at once: the second is that of the first attempt
          long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
          while (disk.failedTruncations.get() < 2) {
            assertThat(System.nanoTime() - end).isNegative();
            Thread.onSpinWait();
          }
          assertThat(log.isHealthy()).isFalse();
          disk.truncateFails(false);
        }
        resumed(log);
      }
    }
    nothingIsMissing();
  }

  /// A group begins in the block where the one before has ended. Whichever of the sectors that it
  /// writes are on the disk when power is lost, the others are as they were: nothing of what was
  /// acknowledged before is missing.
  @Test
  void powerLostInTheMiddleOfAWriteTakesNothingAlong() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Path segment;
    byte[] before;
    byte[] after;
    int first;
    int acknowledged;
    try (var log = open(AuditSync.GROUP, SEGMENT)) {
      untilOneIsWrittenPastTheCache(log);
      first = number - 1;
      taken(log, 1 + random.nextInt(40));
      segment = Segments.files(folder).getLast();
      before = Files.readAllBytes(segment);
      acknowledged = number;
      taken(log, 40);
      after = Files.readAllBytes(segment);
      assertThat(Segments.files(folder).getLast()).isEqualTo(segment);
    }
    for (int round = 0; round < 10; round++) {
      byte[] torn = before.clone();
      for (int at = 0; at < torn.length; at += SECTOR) {
        if (random.nextBoolean()) {
          System.arraycopy(after, at, torn, at, SECTOR);
        }
      }
      folder = temporary.resolve("torn-" + round);
      Files.createDirectory(folder, OWNERS);
      Files.write(folder.resolve(segment.getFileName()), torn);
      open(AuditSync.GROUP, SEGMENT).close();
      List<String> records = records();
      for (int i = first; i < acknowledged; i++) {
        String one = number(i);
        assertThat(records).as("seed %d", seed).anyMatch(record -> record.contains(one));
      }
    }
  }

  @Test
  void theyAreWrittenAgainAlsoWhenTheServerStopsBeforeTheLogGoesOn() throws Exception {
    disk.damages(true);
    try (var log = open(AuditSync.GROUP, SEGMENT)) {
      untilOneIsWrittenPastTheCache(log);
      taken(log, 30);
      disk.room(0);
      refused(log);
      disk.room(Integer.MAX_VALUE);
    }
    expected.add("resume-audit");
    nothingIsMissing();
  }

  /// Of two files, the one that is being left and the one that is begun, only the former has
  /// records: the block of one must not be written to the other.
  @Test
  void aFaultBetweenTwoSegmentsTakesNothingFromTheFirst() throws Exception {
    try (var log = open(AuditSync.GROUP, SEGMENT)) {
      untilOneIsWrittenPastTheCache(log);
      taken(log, 5);
      var gate = disk.blockSpare();
      Path next = folder.resolve("next");
      while (!Files.exists(next) || Files.size(next) != SEGMENT) {
        taken(log, 1);
      }
      disk.room(0);
      refused(log);
      disk.room(Integer.MAX_VALUE);
      resumed(log); // in a segment that was not made ahead, and is short
      taken(log, 3);
      disk.foldersFail(true);
      gate.countDown();
      int segments = Segments.files(folder).size();
      while (log.isHealthy()) { // until the next segment is ready and cannot be begun
        var settled = append(log, number);
        if (await(settled)) {
          expected.add(number(number));
        }
        number++;
      }
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (Segments.files(folder).size() <= segments) { // each try to go on makes it anew
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.onSpinWait();
      }
      disk.foldersFail(false);
      resumed(log);
      taken(log, 3);
    }
    nothingIsMissing();
  }

  @Test
  void whereNoSegmentCouldBeMadeAheadTheNextOneIsTriedAgain() throws Exception {
    var spare = new SpareSegment(temporary, disk, SEGMENT);
    Path other = temporary.resolve("other");
    disk.room(100);
    spare.prepare();
    spare.close(); // when it is through
    disk.room(Integer.MAX_VALUE);
    spare.prepare();
    spare.close();
    assertThat(spare.moveTo(other)).as("not tried twice for one segment").isFalse();

    spare.prepare();
    for (int i = 0; i < 1000 && !spare.isReady(); i++) {
      Thread.sleep(20);
    }
    assertThat(spare.moveTo(other)).isTrue();
    assertThat(other).hasSize(SEGMENT);
  }
}
