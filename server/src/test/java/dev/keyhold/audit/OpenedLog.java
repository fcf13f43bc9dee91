package dev.keyhold.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A log on a disk that can fail, and what can be read of it.
abstract class OpenedLog {
  static final Instant NOW = Instant.parse("2026-11-24T12:00:00.007Z");
  static final InstantSource CLOCK = InstantSource.fixed(NOW);

  @TempDir Path temporary;
  Path folder;
  final Lane lane = new Lane(Runnable::run);
  final TestDisk disk = new TestDisk();

  @BeforeEach
  void inAFolder() {
    folder = temporary.resolve("audit");
  }

  AuditLog open(AuditSync sync, long segmentBytes) {
    return AuditLog.open(folder, sync, CLOCK, disk, segmentBytes);
  }

  AuditLog open() {
    return open(AuditSync.GROUP, 1_000_000);
  }

  static AuditEntry entry(AuditLog log, int number) {
    AuditEntry entry =
        AuditEntry.ofCall(
            log.node(), String.format(Locale.ROOT, "%032x", number), "127.0.0.1", "sign", 200);
    entry.ended(Outcome.ALLOWED, 200, "");
    return entry;
  }

  CompletableFuture<Boolean> append(AuditLog log, int number) {
    return append(log, number, lane);
  }

  static CompletableFuture<Boolean> append(AuditLog log, int number, Lane lane) {
    var settled = new CompletableFuture<Boolean>();
    if (!log.append(entry(log, number), lane, settled::complete)) {
      settled.complete(false);
    }
    return settled;
  }

  static boolean await(CompletableFuture<Boolean> settled) throws Exception {
    return settled.get(20, TimeUnit.SECONDS);
  }

  List<String> records() throws IOException {
    var records = new ArrayList<String>();
    new AuditTrail(Optional.empty(), List.of(folder))
        .read(
            Instant.EPOCH,
            (_, record) -> records.add(record),
            damage -> records.add(damage.toString()));
    return records;
  }

  static String number(int number) {
    return String.format(Locale.ROOT, "\"request_id\":\"%032x\"", number);
  }

  Path segment(int first) {
    return folder.resolve(String.format(Locale.ROOT, "%020d.log", first));
  }
}
