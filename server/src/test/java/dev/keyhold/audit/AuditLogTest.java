package dev.keyhold.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class AuditLogTest extends OpenedLog {
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
      // A writer that is at the gate for a second takes no more: these are taken before, and handed
      // over then.
      var atTheGate = new AtomicBoolean();
      var handOvers = new ArrayList<Runnable>();
      Executor later =
          task -> {
            if (atTheGate.get()) {
              task.run();
            } else {
              handOvers.add(task);
            }
          };
      var order = new ArrayList<Integer>();
      var rest = new ArrayList<CompletableFuture<Boolean>>();
      for (int i = 1; i <= 100; i++) {
        int number = i;
        rest.add(
            append(log, i, new Lane(later))
                .thenApply(durable -> {
                  order.add(number);
                  return durable;
                }));
      }
      int forcesBefore = disk.forces.get();
      var gate = disk.block();
      var first = append(log, 0);
      while (disk.writes.get() == 0) {
        assertThat(first).isNotDone();
        Thread.onSpinWait(); // until the writer is at the gate with the first
      }
      atTheGate.set(true);
      assertThat(handOvers).hasSize(100);
      handOvers.forEach(Runnable::run);
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
                    while (!log.append(entry(log, base + i), own, settled::complete)) {
                      Thread.onSpinWait(); // the disk has had a group for a second
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
}
