package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.client.Http.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One server for minutes: a mixed load, and every few seconds another fault for one second. What
/// the process holds must not grow.
@Tag(Chaos.TAG)
class SoakTest {
  private static final int CALLERS = 4;
  private static final Duration ROUND = Duration.ofSeconds(12);
  private static final Duration FAULT = Duration.ofSeconds(3);

  /// What a loaded server may have more after the soak than after its warm-up.
  private static final double GROWTH = 1.15;

  @TempDir private Path work;
  @TempDir private Path data;

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicBoolean disturbed = new AtomicBoolean();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger refusedUndisturbed = new AtomicInteger();

  /// What the kernel says of the process.
  private record Usage(long residentKib, long threads, long files) {
    static Usage of(long pid) throws IOException {
      Path process = Path.of("/proc", Long.toString(pid));
      long resident = 0;
      long threads = 0;
      for (String line : Files.readAllLines(process.resolve("status"))) {
        if (line.startsWith("VmRSS:")) {
          resident = number(line);
        } else if (line.startsWith("Threads:")) {
          threads = number(line);
        }
      }
      try (var files = Files.list(process.resolve("fd"))) {
        return new Usage(resident, threads, files.count());
      }
    }

    private static long number(String line) {
      return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }

    @Override
    public String toString() {
      return residentKib / 1024 + " MiB resident, " + threads + " threads, " + files + " files";
    }
  }

  @Test
  void nothingGrowsUnderAMixedLoadWithFaults() throws Exception {
    int rounds = Chaos.rounds(1);
    try (var row =
            ChaosReport.of("F25 soak", "a mixed load with a fault every 12 s: clock, disk")
                .rounds(rounds);
        var server = ServerProcess.on(data);
        var threads = Executors.newFixedThreadPool(CALLERS)) {
      Faults faults = Faults.of(server, data, work);
      server.start();
      Http http = Http.loggedIn(server.tenant());
      var callers = new ArrayList<Callable<Void>>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(new Caller(http, new SplittableRandom(i)));
      }
      var running = callers.stream().map(threads::submit).toList();
      Usage warm = Usage.of(server.pid());
      Usage last = warm;
      List<Runnable> turns =
          List.of(
              () -> faults.disk(Faults.Disk.HANGS),
              () -> faults.clockIsWrongBy(Duration.ofMinutes(-5)),
              () -> faults.disk(Faults.Disk.IS_FULL),
              () -> faults.clockIsWrongBy(Duration.ofHours(1)),
              () -> faults.disk(Faults.Disk.FAILS_SYNC));
      for (int round = 0; round < rounds; round++) {
        disturbed.set(true);
        turns.get(round % turns.size()).run();
        ServerProcess.pause(FAULT);
        faults.disk(Faults.Disk.SOUND);
        faults.clockIsWrongBy(Duration.ZERO);
        ServerProcess.pause(Duration.ofSeconds(5)); // by then it serves again
        disturbed.set(false);
        ServerProcess.pause(ROUND.minus(FAULT).minusSeconds(5));
        last = Usage.of(server.pid());
        if (round == rounds / 4) {
          warm = last;
        }
      }
      over.set(true);
      for (var one : running) {
        one.get();
      }
      row.figure("after a quarter: " + warm + "; at the end: " + last);
      row.figure(
          "%d calls served, %d refused with 503 around faults, %d at other times"
              .formatted(served.get(), refused.get(), refusedUndisturbed.get()));
      assertThat(refusedUndisturbed.get()).isZero();
      assertThat(last.files()).isLessThanOrEqualTo(warm.files() + 5);
      assertThat(last.threads()).isLessThanOrEqualTo(warm.threads() + 5);
      if (Chaos.measures()) {
        assertThat((double) last.residentKib()).isLessThan(GROWTH * warm.residentKib());
      }
      assertThat(server.stop()).isZero();
      List<JsonNode> records = AuditRecords.export(data, "--limit", "10");
      assertThat(records).hasSize(10);
      row.passed();
    }
  }

  /// Uses a hundred keys, makes one now and then, and looks around.
  private final class Caller implements Callable<Void> {
    private final Http http;
    private final SplittableRandom random;
    private final List<Datakey> datakeys = new ArrayList<>();

    Caller(Http http, SplittableRandom random) {
      this.http = http;
      this.random = random;
    }

    @Override
    public Void call() {
      while (!over.get()) {
        boolean was = disturbed.get();
        Answer answer = one();
        if (answer.status() / 100 == 2) {
          served.incrementAndGet();
        } else {
          assertThat(answer.status()).describedAs(answer.body()).isEqualTo(503);
          refused.incrementAndGet();
          if (!was && !disturbed.get()) {
            refusedUndisturbed.incrementAndGet();
          }
          ServerProcess.pause(Duration.ofMillis(20));
        }
      }
      return null;
    }

    private Answer one() {
      if (datakeys.isEmpty() || (datakeys.size() < 25 && random.nextInt(20) == 0)) {
        return datakeyOfNewKey();
      }
      Datakey datakey = datakeys.get(random.nextInt(datakeys.size()));
      Map<String, String> key = Map.of("key_id", datakey.keyId());
      return switch (random.nextInt(10)) {
        case 0 -> http.kms("list-keys", Map.of("limit", "10"));
        case 1 -> http.kms("describe-key", key);
        case 2 ->
            http.kms(datakey.keyId() + "/tags", Map.of("tag", Map.of("key", "t", "value", "v")));
        case 3 -> http.kms("encrypt-data", Map.of("key_id", datakey.keyId(), "plain_text", "x"));
        case 4, 5, 6 -> opened(datakey);
        default -> http.kms("create-datakey", key);
      };
    }

    private Answer opened(Datakey datakey) {
      Answer answer =
          http.kms(
              "decrypt-datakey",
              Map.of(
                  "key_id",
                  datakey.keyId(),
                  "cipher_text",
                  datakey.cipherText(),
                  "datakey_cipher_length",
                  "64"));
      if (answer.status() == 200) {
        assertThat(answer.text("data_key")).isEqualTo(datakey.plainText());
      }
      return answer;
    }

    private Answer datakeyOfNewKey() {
      Answer created = http.kms("create-key", Map.of("key_alias", Names.fresh()));
      if (created.status() != 200) {
        return created;
      }
      String key = created.json().at("/key_info/key_id").asText();
      Answer made = http.kms("create-datakey", Map.of("key_id", key));
      if (made.status() == 200) {
        datakeys.add(new Datakey(key, made.text("cipher_text"), made.text("plain_text")));
      }
      return made;
    }
  }
}
