package dev.keyhold.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00.007Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);

  @TempDir private Path temporary;
  private Path folder;
  private final Lane lane = new Lane(Runnable::run);
  private final TestDisk disk = new TestDisk();

  @BeforeEach
  void inAFolder() {
    folder = temporary.resolve("audit");
  }

  private AuditLog open(AuditSync sync, long segmentBytes) {
    return AuditLog.open(folder, sync, CLOCK, disk, segmentBytes);
  }

  private AuditLog open() {
    return open(AuditSync.GROUP, 1_000_000);
  }

  private static AuditEntry entry(AuditLog log, int number) {
    AuditEntry entry =
        AuditEntry.ofCall(
            log.node(), String.format(Locale.ROOT, "%032x", number), "127.0.0.1", "sign", 200);
    entry.ended(Outcome.ALLOWED, 200, "");
    return entry;
  }

  private CompletableFuture<Boolean> append(AuditLog log, int number) {
    var settled = new CompletableFuture<Boolean>();
    if (!log.append(entry(log, number), lane, settled::complete)) {
      settled.complete(false);
    }
    return settled;
  }

  private static boolean await(CompletableFuture<Boolean> settled) throws Exception {
    return settled.get(20, TimeUnit.SECONDS);
  }

  private List<String> records() throws IOException {
    var records = new ArrayList<String>();
    new AuditTrail(Optional.empty(), List.of(folder))
        .read(
            Instant.EPOCH,
            (_, record) -> records.add(record),
            damage -> records.add(damage.toString()));
    return records;
  }

  private void onlyLineTwoIsDamagedOf(int lines) throws IOException {
    assertThat(records())
        .hasSize(lines)
        .contains(segment(0) + " line 2 is damaged")
        .last()
        .asString()
        .contains(number(2));
  }

  private static String number(int number) {
    return String.format(Locale.ROOT, "\"request_id\":\"%032x\"", number);
  }

  private Path segment(int first) {
    return folder.resolve(String.format(Locale.ROOT, "%020d.log", first));
  }

  @Test
  void recordIsALineAsDescribed() throws Exception {
    try (var log = open()) {
      AuditEntry entry =
          AuditEntry.ofCall(log.node(), "0".repeat(32), "127.0.0.1", "encrypt-datakey", 200);
      entry.caller("1".repeat(32), "2".repeat(32), "AK");
      entry.project("3".repeat(32));
      entry.key("a-key");
      entry.key("another");
      entry.ended(Outcome.REFUSED, 400, "KMS.0209");
      var settled = new CompletableFuture<Boolean>();
      assertThat(log.append(entry, lane, settled::complete)).isTrue();
      assertThat(await(settled)).isTrue();

      String json =
          "{\"time\":\"2026-11-24T12:00:00.007Z\",\"request_id\":\""
              + "0".repeat(32)
              + "\",\"node\":\""
              + log.node().id()
              + "\",\"caller\":\"user\",\"domain_id\":\""
              + "1".repeat(32)
              + "\",\"user_id\":\""
              + "2".repeat(32)
              + "\",\"credential\":\"AK\",\"source\":\"127.0.0.1\",\"action\":\"encrypt-datakey\""
              + ",\"project_id\":\""
              + "3".repeat(32)
              + "\",\"key_id\":\"a-key\",\"outcome\":\"refused\",\"status\":400"
              + ",\"error\":\"KMS.0209\"}";
      var crc = new CRC32C();
      crc.update(json.getBytes(StandardCharsets.UTF_8));
      assertThat(segment(0))
          .hasContent(String.format(Locale.ROOT, "%08x %s\n", crc.getValue(), json));
    }
  }

  @Test
  void nothingButPlainAsciiIsWritten() throws Exception {
    try (var log = open()) {
      AuditEntry entry = AuditEntry.ofCall(log.node(), "0".repeat(32), "a\"b\n€", "sign", 200);
      var settled = new CompletableFuture<Boolean>();
      assertThat(log.append(entry, lane, settled::complete)).isTrue();
      assertThat(await(settled)).isTrue();
      assertThat(records())
          .singleElement()
          .asString()
          .contains("\"source\":\"\\u0061\\u0022\\u0062\\u000a\\u20ac\"");
    }
  }

  @Test
  void filesAreForTheirOwnerOnly() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 1))).isTrue();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
          .isEqualTo("rwx------");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(segment(0))))
          .isEqualTo("rw-------");
    }
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
    assertThatExceptionOfType(AuditException.class)
        .isThrownBy(this::open)
        .withMessageContaining("chmod 700");
  }

  /// A power cut must not take the folder from above the records that were forced to the disk.
  @Test
  void namesOfTheFoldersThatItMakesAreForced() {
    Path made = temporary.resolve("made");
    folder = made.resolve("by/the-log");
    try (var _ = open()) {
      assertThat(disk.syncedFolders).containsExactly(temporary, made, made.resolve("by"), folder);
    }
  }

  @Test
  void folderHasOneWriter() {
    try (var _ = open()) {
      assertThatExceptionOfType(AuditException.class)
          .isThrownBy(this::open)
          .withMessageContaining("Another Keyhold");
    }
  }

  @Test
  void nodeStaysTheSame() {
    String before;
    try (var log = open()) {
      before = log.node().id();
    }
    try (var log = open()) {
      assertThat(log.node().id()).isEqualTo(before).matches("[0-9a-f]{16}");
    }
  }

  @Test
  void whatWaitsIsOneGroupInOrder() throws Exception {
    try (var log = open()) {
      int forcesBefore = disk.forces.get();
      var gate = disk.block();
      var first = append(log, 0);
      while (disk.writes.get() == 0) {
        Thread.onSpinWait(); // until the writer is at the gate with the first
      }
      var order = new ArrayList<Integer>();
      var rest = new ArrayList<CompletableFuture<Boolean>>();
      for (int i = 1; i <= 100; i++) {
        int number = i;
        rest.add(
            append(log, i)
                .thenApply(durable -> {
                  order.add(number);
                  return durable;
                }));
      }
      assertThat(first).isNotDone();
      gate.countDown();
      for (var each : rest) {
        assertThat(await(each)).isTrue();
      }
      assertThat(disk.forces.get() - forcesBefore).isEqualTo(2);
      assertThat(disk.writes.get()).isEqualTo(2);
      assertThat(order).isSorted().hasSize(100);
      List<String> records = records();
      assertThat(records).hasSize(101);
      for (int i = 0; i <= 100; i++) {
        assertThat(records.get(i)).contains(number(i));
      }
    }
  }

  @Test
  void eachForcesEachRecord() throws Exception {
    try (var log = open(AuditSync.EACH, 1_000_000)) {
      int before = disk.forces.get();
      for (int i = 0; i < 10; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
      assertThat(disk.forces.get() - before).isEqualTo(10);
    }
  }

  @Test
  void osForcesNone() throws Exception {
    try (var log = open(AuditSync.OS, 1_000_000)) {
      int before = disk.forces.get();
      assertThat(await(append(log, 1))).isTrue();
      assertThat(disk.forces.get()).isEqualTo(before);
    }
  }

  @Test
  void fullSegmentIsFollowedByOneCalledByItsFirstRecord() throws Exception {
    try (var log = open(AuditSync.GROUP, 400)) {
      for (int i = 0; i < 5; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
    assertThat(Segments.files(folder)).containsExactly(segment(0), segment(2), segment(4));
    try (var log = open(AuditSync.GROUP, 400)) {
      assertThat(await(append(log, 5))).isTrue();
      assertThat(await(append(log, 6))).isTrue();
    }
    assertThat(Segments.files(folder)).contains(segment(6));
    assertThat(records()).hasSize(7).last().asString().contains(number(6));
  }

  @Test
  void tornTailIsCut() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
      assertThat(await(append(log, 1))).isTrue();
    }
    byte[] whole = Files.readAllBytes(segment(0));
    int line = whole.length / 2;
    for (int length : new int[] {line, line + 1, line + 8, line + 100, whole.length - 1}) {
      Files.write(segment(0), Arrays.copyOf(whole, length));
      open().close();
      assertThat(Files.size(segment(0))).isEqualTo(line);
      assertThat(records()).singleElement().asString().contains(number(0));
    }
    try (var log = open()) {
      assertThat(await(append(log, 2))).isTrue();
    }
    assertThat(records()).hasSize(2);
  }

  @Test
  void pagesOfZerosAreCutToo() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
    }
    Files.write(segment(0), new byte[5000], StandardOpenOption.APPEND);
    open().close();
    assertThat(records()).hasSize(1);
  }

  @Test
  void damageBeforeTheEndIsLeftAndReported() throws Exception {
    try (var log = open()) {
      for (int i = 0; i < 3; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
    byte[] bytes = Files.readAllBytes(segment(0));
    bytes[bytes.length / 2] ^= 1;
    Files.write(segment(0), bytes);
    open().close();
    assertThat(segment(0)).hasBinaryContent(bytes);
    assertThat(records()).hasSize(3).contains(segment(0) + " line 2 is damaged");
  }

  /// Three segments of two records each.
  private void threeSegments() throws Exception {
    try (var log = open(AuditSync.GROUP, 400)) {
      for (int i = 0; i < 6; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
    assertThat(Segments.files(folder)).containsExactly(segment(0), segment(2), segment(4));
    assertThat(records()).hasSize(6);
  }

  @Test
  void lineCutOutOfASegmentIsMissed() throws Exception {
    threeSegments();
    List<String> lines = Files.readAllLines(segment(2));
    for (String left : lines) {
      Files.writeString(segment(2), left + "\n");
      assertThat(records())
          .hasSize(6)
          .contains("1 record is missing before " + segment(4))
          .noneMatch(record -> record.contains(segment(2).toString()));
    }
    Files.writeString(segment(2), "");
    assertThat(records()).contains("2 records are missing before " + segment(4));
    Files.delete(segment(2));
    assertThat(records()).hasSize(5).contains("2 records are missing before " + segment(4));
    // Whatever was moved away before the oldest file is nobody's loss.
    Files.delete(segment(0));
    assertThat(records()).hasSize(2);
  }

  @Test
  void lineMoreThanThereAreNumbersIsReported() throws Exception {
    threeSegments();
    String lines = Files.readString(segment(0));
    Files.writeString(segment(0), lines + lines.substring(lines.length() / 2));
    assertThat(records()).hasSize(8).contains("1 record is too many before " + segment(2));
  }

  @Test
  void newlineThatIsNoneMoreIsADamagedLineAndAMissingOne() throws Exception {
    threeSegments();
    byte[] bytes = Files.readAllBytes(segment(0));
    bytes[bytes.length / 2 - 1] ^= 1;
    Files.write(segment(0), bytes);
    assertThat(records())
        .contains(segment(0) + " line 1 is damaged")
        .contains("1 record is missing before " + segment(2));
  }

  private void writtenInOrder(int records) throws Exception {
    try (var log = open()) {
      for (int i = 0; i < records; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
  }

  /// Makes a hole of a page's size between two lines.
  private byte[] holeAfter(int lines) throws IOException {
    byte[] bytes = Files.readAllBytes(segment(0));
    int at = 0;
    for (int i = 0; i < lines; at++) {
      i += bytes[at] == '\n' ? 1 : 0;
    }
    byte[] holed = new byte[bytes.length + 70_000];
    System.arraycopy(bytes, 0, holed, 0, at);
    System.arraycopy(bytes, at, holed, at + 70_000, bytes.length - at);
    Files.write(segment(0), holed);
    return holed;
  }

  @Test
  void zerosWithRecordsBehindThemAreDamageAndNotTheEnd() throws Exception {
    writtenInOrder(3);
    byte[] holed = holeAfter(1);
    open().close();
    assertThat(segment(0)).hasBinaryContent(holed);
    onlyLineTwoIsDamagedOf(4);
  }

  @Test
  void zerosAtTheBeginAreDamageToo() throws Exception {
    writtenInOrder(2);
    byte[] holed = holeAfter(0);
    open().close();
    assertThat(segment(0)).hasBinaryContent(holed);
    assertThat(records()).hasSize(3).startsWith(segment(0) + " line 1 is damaged");
  }

  @Test
  void zerosInTheMiddleOfALineCostThatLineOnly() throws Exception {
    writtenInOrder(3);
    byte[] bytes = Files.readAllBytes(segment(0));
    Arrays.fill(bytes, bytes.length / 2 - 3, bytes.length / 2 + 3, (byte) 0);
    Files.write(segment(0), bytes);
    open().close();
    assertThat(segment(0)).hasBinaryContent(bytes);
    onlyLineTwoIsDamagedOf(3);
  }

  @Test
  void aLongStretchWithoutALineFeedIsDamageAndNotTheEnd() throws Exception {
    writtenInOrder(3);
    byte[] bytes = Files.readAllBytes(segment(0));
    byte[] filler = "x".repeat(200_000).getBytes(StandardCharsets.US_ASCII);
    int line = bytes.length / 3;
    byte[] longer = new byte[bytes.length + filler.length];
    System.arraycopy(bytes, 0, longer, 0, line);
    System.arraycopy(filler, 0, longer, line, filler.length);
    System.arraycopy(bytes, line, longer, line + filler.length, bytes.length - line);
    Files.write(segment(0), longer);
    open().close();
    assertThat(segment(0)).hasBinaryContent(longer);
    onlyLineTwoIsDamagedOf(3);
  }

  @Test
  void aPartOfALineAtTheEndIsDamageInAllButTheLastSegment() throws Exception {
    try (var log = open(AuditSync.GROUP, 400)) {
      for (int i = 0; i < 5; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
    for (int first : new int[] {0, 4}) {
      byte[] bytes = Files.readAllBytes(segment(first));
      Files.write(segment(first), Arrays.copyOf(bytes, bytes.length - 1));
    }
    assertThat(records()).hasSize(4).contains(segment(0) + " line 2 is damaged");
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

  private List<String> between(Instant since, Instant until) throws IOException {
    var records = new ArrayList<String>();
    new AuditTrail(Optional.empty(), List.of(folder))
        .read(since, until, (_, record) -> records.add(record), _ -> records.add("damaged"));
    return records;
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

  @Test
  void manyThreadsLoseNothing() throws Exception {
    int threads = 8;
    int each = 2000;
    try (var log = open(AuditSync.GROUP, 100_000)) {
      var all = new ArrayList<CompletableFuture<Boolean>>();
      var workers = new ArrayList<Thread>();
      for (int t = 0; t < threads; t++) {
        int base = t * each;
        var mine = new ArrayList<CompletableFuture<Boolean>>();
        for (int i = 0; i < each; i++) {
          mine.add(new CompletableFuture<>());
        }
        all.addAll(mine);
        var own = new Lane(Runnable::run);
        workers.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < each; i++) {
                    var settled = mine.get(i);
                    if (!log.append(entry(log, base + i), own, settled::complete)) {
                      settled.complete(false);
                    }
                  }
                }));
      }
      for (Thread worker : workers) {
        worker.join();
      }
      for (var one : all) {
        assertThat(await(one)).isTrue();
      }
    }
    var distinct = new HashSet<>(records());
    assertThat(distinct).hasSize(threads * each);
  }

  @Test
  void underLoadSegmentsAreWrittenAheadAndLookTheSame() throws Exception {
    int each = 100;
    int wanted = 20_000;
    try (var log = open(AuditSync.GROUP, 1024 * 1024)) {
      for (int base = 0; base < wanted; base += each) {
        var group = new ArrayList<CompletableFuture<Boolean>>();
        for (int i = 0; i < each; i++) {
          group.add(append(log, base + i));
        }
        for (var one : group) {
          assertThat(await(one)).isTrue();
        }
      }
      List<Path> files = Segments.files(folder);
      assertThat(files).hasSizeGreaterThan(2);
      assertThat(disk.syncedFolders).filteredOn(folder::equals).hasSize(files.size());
      assertThat(records()).hasSize(wanted); // also of the file that is being written
      // A kill leaves the zeros behind.
      Path last = files.getLast();
      long written = SegmentEnd.of(last).bytes();
      Path copy = temporary.resolve("copy");
      Files.createDirectory(
          copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      for (Path file : files) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
      AuditLog.open(copy, AuditSync.GROUP, CLOCK, Disk.real(), 1024 * 1024).close();
      assertThat(Files.size(copy.resolve(last.getFileName()))).isEqualTo(written);
    }
    assertThat(folder.resolve("next")).doesNotExist();
    List<String> records = records();
    for (int i = 0; i < wanted; i += 997) {
      assertThat(records.get(i)).contains(number(i));
    }
    long sum = 0;
    for (Path file : Segments.files(folder)) {
      assertThat(Segments.firstRecord(file)).isEqualTo(sum);
      sum += SegmentEnd.of(file).records();
      assertThat(SegmentEnd.of(file).bytes()).isEqualTo(Files.size(file));
    }
  }

  @Test
  void aDiskThatFailsUnderASegmentWrittenAheadLosesNothing() throws Exception {
    var expected = new ArrayList<String>();
    int number = 0;
    try (var log = open(AuditSync.GROUP, 1024 * 1024)) {
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
        assertThat(await(append(log, number++))).isFalse();
        disk.room(Integer.MAX_VALUE);
        disk.forceFails(false);
        expected.add("resume-audit");
        for (int i = 0; i < 1000 && !log.isHealthy(); i++) {
          Thread.sleep(20);
        }
        expected.add(number(number));
        assertThat(await(append(log, number++))).isTrue();
      }
    }
    List<String> records = records();
    assertThat(records).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(records.get(i)).contains(expected.get(i));
    }
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
}
