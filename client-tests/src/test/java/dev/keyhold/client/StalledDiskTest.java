package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.Http.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that hangs or fails under a running server, and comes back.
@Tag(Chaos.TAG)
class StalledDiskTest {
  private static final int CALLERS = 6;
  private static final Duration RECOVERY = Duration.ofSeconds(10);

  @TempDir private Path work;
  @TempDir private Path data;

  private final Set<String> acknowledged = new HashSet<>();

  /// How long refusals took, in milliseconds: of calls that met the fault, and of later ones.
  private final List<Long> first = new ArrayList<>();

  private final List<Long> later = new ArrayList<>();
  private int successes;

  @Test
  void blockedAuditFolderRefusesInBoundedTime() throws Exception {
    Path audit = data.resolve("audit");
    run("F18 audit hangs", "the audit folder's disk hangs", audit, Faults.Disk.HANGS, 2_000);
  }

  @Test
  void auditFolderThatFailsToSyncRefuses() throws Exception {
    Path audit = data.resolve("audit");
    run("F18 audit fsync fails", "EIO from fsync", audit, Faults.Disk.FAILS_SYNC, 2_000);
  }

  /// Changes have their record in the store, which hangs here as well as the audit folder. Who has
  /// a change in the disk's hand is answered too, though whether it happened is not known.
  @Test
  void blockedDiskRefusesInBoundedTime() throws Exception {
    run(
        "F18 disk hangs",
        "the disk of store and audit folder hangs",
        data,
        Faults.Disk.HANGS,
        2_000);
  }

  @Test
  void diskThatFailsToSyncRefuses() throws Exception {
    run(
        "F3 fsync fails",
        "EIO from fsync under store and audit",
        data,
        Faults.Disk.FAILS_SYNC,
        2_000);
  }

  @Test
  void diskThatFailsToWriteRefuses() throws Exception {
    run(
        "F3 write fails",
        "EIO from write under store and audit",
        data,
        Faults.Disk.FAILS_WRITE,
        2_000);
  }

  private void run(String test, String what, Path folder, Faults.Disk fault, long boundMillis)
      throws Exception {
    int rounds = Math.max(1, Chaos.rounds(1) / 10);
    try (var row = ChaosReport.of(test, what).rounds(rounds);
        var server = ServerProcess.on(data);
        var threads = Executors.newFixedThreadPool(2 * CALLERS)) {
      Faults faults = Faults.of(server, folder, work);
      server.start();
      Http http = Http.loggedIn(server.tenant());
      String key = create(http);
      datakey(http, key);
      long longestReturn = 0;
      for (int round = 0; round < rounds; round++) {
        if (Chaos.measures()) {
          intoASegmentWrittenAhead(http, key);
        }
        faults.disk(fault);
        // The first ones meet a disk that nobody knows of; those that come later are told at once.
        List<Future<Void>> met = calls(http, key, threads, first);
        await(met);
        assertThat(http.get("/health/live").status()).isEqualTo(200);
        assertThat(http.get("/health/ready").status()).isEqualTo(503);
        await(calls(http, key, threads, later));
        faults.disk(Faults.Disk.SOUND);
        long sound = System.nanoTime();
        while (http.kms("create-datakey", Map.of("key_id", key)).status() != 200
            || http.kms("create-key", Map.of("key_alias", Names.fresh())).status() != 200) {
          assertThat(System.nanoTime() - sound).isLessThan(RECOVERY.toNanos());
          ServerProcess.pause(Duration.ofMillis(20));
        }
        longestReturn = Math.max(longestReturn, System.nanoTime() - sound);
        datakey(http, key);
      }
      row.figure(
          "%d calls refused with 503, those that met the fault after %d ms at the latest"
              .formatted(first.size() + later.size(), slowest(first)));
      row.figure(
          "later ones after %d ms; %d answered, each on record"
              .formatted(slowest(later), successes));
      row.figure("served %d ms after the disk was back".formatted(longestReturn / 1_000_000));
      assertThat(ids(AuditRecords.export(data))).containsAll(acknowledged);
      server.kill();
      assertThat(ids(AuditRecords.export(data))).containsAll(acknowledged);
      server.start();
      datakey(Http.loggedIn(server.tenant()), key);
      assertThat(server.stop()).isZero();
      if (Chaos.measures()) {
        assertThat(slowest(first)).isLessThan(boundMillis + 500); // what a loaded machine adds
        assertThat(slowest(later)).isLessThan(2_000);
      }
      row.passed();
    }
  }

  private void intoASegmentWrittenAhead(Http http, String key) {
    Path audit = data.resolve("audit");
    long before = AuditRecords.segments(audit);
    while (AuditRecords.segments(audit) == before) {
      datakey(http, key);
    }
  }

  private List<Future<Void>> calls(
      Http http, String key, ExecutorService threads, List<Long> refusals) {
    var all = new ArrayList<Callable<Void>>();
    for (int caller = 0; caller < CALLERS; caller++) {
      int kind = caller % 3;
      all.add(() -> {
        for (int i = 0; i < 2; i++) {
          long begin = System.nanoTime();
          Answer answer =
              switch (kind) {
                case 0 -> http.kms("create-datakey", Map.of("key_id", key));
                case 1 -> http.kms("create-key", Map.of("key_alias", Names.fresh()));
                default -> http.kms("describe-key", Map.of("key_id", key));
              };
          note(answer, (System.nanoTime() - begin) / 1_000_000, refusals);
        }
        return null;
      });
    }
    return all.stream().map(threads::submit).toList();
  }

  private static void await(List<Future<Void>> calls)
      throws InterruptedException, ExecutionException {
    for (Future<Void> call : calls) {
      call.get();
    }
  }

  private synchronized void note(Answer answer, long millis, List<Long> refusals) {
    if (answer.status() == 200) {
      successes++;
      acknowledged.add(answer.requestId());
    } else {
      assertThat(answer.status()).describedAs(answer.body()).isEqualTo(503);
      assertThat(answer.code()).isEqualTo("KMS.0104");
      assertThat(answer.body()).doesNotContain("plain_text", "cipher_text");
      refusals.add(millis);
    }
  }

  private static long slowest(List<Long> refusals) {
    return refusals.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  private String create(Http http) {
    Answer answer = http.kms("create-key", Map.of("key_alias", Names.fresh())).ok();
    acknowledged.add(answer.requestId());
    return answer.json().at("/key_info/key_id").asText();
  }

  private void datakey(Http http, String key) {
    acknowledged.add(http.kms("create-datakey", Map.of("key_id", key)).ok().requestId());
  }

  private static Set<String> ids(List<JsonNode> records) {
    var ids = new HashSet<String>();
    records.forEach(record -> ids.add(record.path("request_id").asText()));
    return ids;
  }
}
