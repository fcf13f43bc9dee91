package dev.keyhold.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.PowerLoss.Undone;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// As [CrashTest], on a disk that forgets what was not synced.
class PowerLossTest extends CrashTest {
  private static final String LOG = "keyhold.db-wal";
  private static final String FIRST_SEGMENT = "00000000000000000000.log";

  /// Calls of a caller alone.
  private static final int ALONE = Chaos.rounds(20);

  /// Calls of many callers together.
  private static final int MANY = Chaos.measures() ? 1000 : 100;

  /// The second is a file that was made ahead and is renamed: after some 3,500 records.
  private static final int SEGMENTS = Chaos.measures() ? 2 : 1;

  @TempDir private Path work;
  @TempDir private Path data;

  private Optional<PowerLoss> disk = Optional.empty();
  private final Map<String, Integer> syncs = new TreeMap<>();
  private int writes;
  private int names;

  @Override
  String name() {
    return "F2 power loss";
  }

  @Override
  String what() {
    return "as F1, and every write since the last fsync of its file, and every name since the last"
        + " fsync of its folder, undone before the restart";
  }

  @Override
  void figures(ChaosReport row) {
    row.figure("%d writes and %d names undone".formatted(writes, names));
    row.figure(
        "%d syncs of the database's log for %d changes side by side"
            .formatted(syncs.getOrDefault(LOG, 0), changes()));
  }

  private PowerLoss disk(Path folder) {
    disk = PowerLoss.on(folder, work);
    return Preloaded.required(disk);
  }

  @Override
  void prepare(ServerProcess server) {
    disk(server.data()).environment().forEach(server::withEnvironment);
  }

  @Override
  void afterKill() {
    Undone undone = disk.orElseThrow().undo();
    undone.syncs().forEach((file, count) -> syncs.merge(file, count, Integer::sum));
    writes += undone.writes();
    names += undone.names();
    assertThat(syncs).describedAs("syncs that were seen").containsKey(LOG);
  }

  /// A caller alone shares no sync with others: each of their changes waits for one of its own. And
  /// with many at work, what `audit.sync` says may be missing after a loss of power is missing, and
  /// nothing else.
  @ParameterizedTest
  @ValueSource(strings = {"each", "group", "os"})
  void whatIsAcknowledgedIsSyncedAsFarAsPromised(String sync) throws Exception {
    boolean keeps = !sync.equals("os");
    Path audit = data.toRealPath().resolve("made/by/the-server");
    try (var row =
            ChaosReport.of(
                "F18 audit.sync " + sync,
                "loss of power under data-key and key calls with audit.sync: " + sync);
        var threads = Executors.newFixedThreadPool(AuditLoad.CALLERS);
        var server = // closed first: the callers end with it
            ServerProcess.on(data).with("audit.sync", sync).with("audit.dir", audit.toString())) {
      PowerLoss power = disk(data);
      power.environment().forEach(server::withEnvironment);
      server.start();
      Http http = Http.loggedIn(server.tenant());
      String key = Kms.of(server.tenant()).newKey();
      syncsOfALoneCaller(power, http, key, sync, row);

      var load = new AuditLoad(http, key);
      List<Future<Void>> callers =
          Stream.generate(() -> load).limit(AuditLoad.CALLERS).map(threads::submit).toList();
      awaitMoreUses(load, callers);
      boolean rolls = keeps && SEGMENTS > 1;
      while (rolls && AuditRecords.segments(audit) < SEGMENTS) {
        awaitMoreUses(load, callers);
      }
      if (rolls) {
        awaitMoreUses(load, callers); // in the new segment
      }
      server.kill();
      long killed = System.nanoTime();
      for (Future<Void> caller : callers) {
        caller.get();
      }
      Undone undone = power.undo();

      Set<String> recorded =
          AuditRecords.requestIds(AuditRecords.export(data, "--set", "audit.dir=" + audit));
      assertThat(recorded).containsAll(load.made().keySet()); // in the transactions
      var missing = new HashSet<>(load.used());
      missing.removeAll(recorded);
      if (keeps) {
        assertThat(missing).isEmpty();
      }
      long window =
          missing.stream().mapToLong(id -> killed - load.acknowledgedAt(id)).max().orElse(0);
      row.figure(
          "%d of %d acknowledged uses without a record, of the last %d ms; 0 of %d changes"
              .formatted(
                  missing.size(), load.used().size(), window / 1_000_000, load.made().size()));
      row.figure(
          "%d segments, %d names undone".formatted(AuditRecords.segments(audit), undone.names()));
      if (!keeps) { // those that lose nothing start again in the other test
        server.start();
        Http.loggedIn(server.tenant()).kms("create-datakey", Map.of("key_id", key)).ok();
      }
      row.passed();
    }
  }

  private static void awaitMoreUses(AuditLoad load, List<Future<Void>> callers) {
    int enough = load.used().size() + MANY;
    while (load.used().size() < enough) {
      ServerProcess.pause(Duration.ofMillis(10));
      assertThat(callers).noneMatch(Future::isDone);
    }
  }

  private static void syncsOfALoneCaller(
      PowerLoss power, Http http, String key, String sync, ChaosReport row) {
    int before = power.syncs(LOG);
    for (int i = 0; i < ALONE; i++) {
      http.kms(i % 2 == 0 ? "disable-key" : "enable-key", Map.of("key_id", key)).ok();
    }
    int ofChanges = power.syncs(LOG) - before;
    assertThat(ofChanges).isGreaterThanOrEqualTo(ALONE);
    http.kms("enable-key", Map.of("key_id", key));

    before = power.syncs(FIRST_SEGMENT);
    for (int i = 0; i < ALONE; i++) {
      http.kms("create-datakey", Map.of("key_id", key)).ok();
    }
    int ofUses = power.syncs(FIRST_SEGMENT) - before;
    if (sync.equals("os")) {
      assertThat(ofUses).isZero();
    } else {
      assertThat(ofUses).isGreaterThanOrEqualTo(ALONE);
    }
    row.figure(
        "a lone caller: %d changes, %d syncs of the database's log; %d uses, %d of the segment"
            .formatted(ALONE, ofChanges, ALONE, ofUses));
  }

  /// That the test can fail: the same disk forgets what a program did not sync.
  @Test
  void whatWasNotSyncedIsUndone(@TempDir Path folder) throws Exception {
    Path home = folder.toRealPath();
    Path kept = home.resolve("kept");
    Files.writeString(kept, "before");
    PowerLoss simulated = disk(home);

    run(simulated, home, "sync");
    assertThat(simulated.syncs("kept")).isEqualTo(1);
    simulated.undo();
    assertThat(kept).hasContent("synced");
    assertThat(home.resolve("new")).hasContent("synced");
    for (String name : List.of("replaced", "replacing", "deleted")) {
      Files.writeString(home.resolve(name), name.equals("replacing") ? "new" : "old");
    }
    run(simulated, home, "names");
    simulated.undo();
    assertThat(home.resolve("replaced")).hasContent("new");
    assertThat(home.resolve("replacing")).doesNotExist();
    assertThat(home.resolve("deleted")).doesNotExist();
    assertThat(home.resolve("linked")).hasContent("synced");
    assertThat(home.resolve("folder/inner")).hasContent("synced");

    Files.delete(home.resolve("linked"));
    ServerProcess.delete(home.resolve("folder"));
    for (String name : List.of("replaced", "replacing", "deleted")) {
      Files.writeString(home.resolve(name), name.equals("replacing") ? "new" : "old");
    }
    run(simulated, home, "no sync");
    Undone undone = simulated.undo();
    assertThat(undone.writes()).isPositive();
    assertThat(undone.syncs()).isEqualTo(Map.of("newer", 1, "inner", 1));
    assertThat(kept).hasContent("synced");
    assertThat(home.resolve("new")).hasContent("synced");
    assertThat(home.resolve("newer")).doesNotExist();
    assertThat(home.resolve("replaced")).hasContent("old");
    assertThat(home.resolve("replacing")).hasContent("new");
    assertThat(home.resolve("deleted")).hasContent("old");
    assertThat(home.resolve("linked")).doesNotExist();
    assertThat(home.resolve("folder")).doesNotExist();
  }

  private static void run(PowerLoss simulated, Path folder, String how) throws Exception {
    var builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                folder.toString(),
                how));
    builder.environment().putAll(simulated.environment());
    Path output = folder.resolveSibling(folder.getFileName() + ".log");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor()).describedAs(Files.readString(output)).isZero();
    Files.delete(output);
  }

  /// The program whose writes are undone.
  static final class Writer {
    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(arguments[0]);
      switch (arguments[1]) {
        case "sync" -> {
          write(folder.resolve("kept"), "synced", true);
          write(folder.resolve("new"), "synced", true);
          sync(folder);
        }
        case "names" -> {
          rename(folder);
          sync(folder.resolve("folder"));
          sync(folder);
        }
        default -> {
          write(folder.resolve("kept"), "lost for ever", false);
          write(folder.resolve("new"), "lost", false);
          write(folder.resolve("newer"), "lost", true); // synced, but not the folder
          rename(folder);
          sync(folder.resolve("folder")); // but not where the folder is
        }
      }
    }

    private static void rename(Path folder) throws IOException {
      Files.move(
          folder.resolve("replacing"), folder.resolve("replaced"), StandardCopyOption.ATOMIC_MOVE);
      Files.delete(folder.resolve("deleted"));
      Files.createLink(folder.resolve("linked"), folder.resolve("new"));
      write(Files.createDirectory(folder.resolve("folder")).resolve("inner"), "synced", true);
    }

    private static void sync(Path folder) throws IOException {
      try (var directory = FileChannel.open(folder)) {
        directory.force(true);
      }
    }

    private static void write(Path file, String text, boolean sync) throws IOException {
      try (var channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        channel.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
        if (sync) {
          channel.force(false);
        }
      }
    }
  }
}
