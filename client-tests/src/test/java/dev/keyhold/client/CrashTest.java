package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Datakey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a working server with SIGKILL, at random moments and some times once more while it starts
/// again, and then asks it for everything that it acknowledged.
///
/// `-Dkeyhold.chaos.rounds=50` for a longer run, `-Dkeyhold.chaos.seed=…` to repeat the choices of
/// one: the seed is in its report. What happens between the processes is up to the machine.
@Tag(Chaos.TAG)
class CrashTest {
  private static final int CALLERS = 6;
  private static final int MOST_ACKNOWLEDGEMENTS = Chaos.measures() ? 600 : 200;

  /// A server is ready within this time, also after a crash.
  private static final Duration START = Duration.ofSeconds(5);

  @TempDir private Path data;
  @TempDir private Path copies;

  private final CrashLedger ledger = new CrashLedger();
  private final long seed = Chaos.seed();
  private final SplittableRandom random = new SplittableRandom(seed);

  /// What its row in the report is called.
  String name() {
    return "F1 SIGKILL";
  }

  String what() {
    return "SIGKILL at a random moment of a mixed load, a quarter of the rounds once more during"
        + " the start";
  }

  /// More for the report.
  void figures(ChaosReport row) {}

  /// How many acknowledged calls changed something.
  final int changes() {
    return ledger.changes().size();
  }

  /// Before the first start.
  void prepare(ServerProcess server) {}

  /// After each kill, before anything looks at the files.
  void afterKill() {}

  @Test
  void acknowledgedKeysAndDatakeysSurvive() throws Exception {
    int rounds = Chaos.rounds(3);
    try (var row = ChaosReport.of(name(), what()).rounds(rounds);
        var server = ServerProcess.on(data);
        var threads = Executors.newFixedThreadPool(CALLERS)) {
      row.figure("seed " + seed);
      prepare(server);
      server.start();
      Duration slowest = Duration.ZERO;
      for (int round = 1; round <= rounds; round++) {
        int before = ledger.acknowledged();
        crash(server, threads);
        afterKill();
        int inDoubt = ledger.inDoubt();
        isWhole(copyOfTheDatabase());
        int more = random.nextInt(4) == 0 ? 1 : 0;
        if (more == 1) {
          crashWhileStarting(server);
          afterKill();
        }
        Duration restart = server.start();
        slowest = restart.compareTo(slowest) > 0 ? restart : slowest;

        check(server, threads).afterARound(random);
        isOnRecord(AuditRecords.export(data));
        System.out.printf(
            "round %d: %d calls acknowledged, %d in doubt, killed %s, restarted in %d ms;"
                + " %d keys and %d data keys are there%n",
            round,
            ledger.acknowledged() - before,
            inDoubt,
            more == 1 ? "twice" : "once",
            restart.toMillis(),
            ledger.keys().size(),
            ledger.datakeys().size());
      }
      check(server, threads).atTheEnd();
      assertThat(server.stop()).isZero();
      isWhole(copyOfTheDatabase());
      row.figure(
          "0 of %d acknowledged calls lost %s"
              .formatted(ledger.acknowledged(), ledger.acknowledgedByKind()));
      row.figure(
          "%d keys as acknowledged, %d data keys and %d texts open, integrity check ok"
              .formatted(ledger.keys().size(), ledger.datakeys().size(), ledger.data().size()));
      row.figure(
          "%d uses and %d changes on record, none missing"
              .formatted(ledger.uses().size(), ledger.changes().size()));
      row.figure("slowest start " + slowest.toMillis() + " ms");
      figures(row);
      if (Chaos.measures()) {
        assertThat(slowest).isLessThan(START);
      }
      row.passed();
    }
  }

  private void crash(ServerProcess server, ExecutorService threads)
      throws InterruptedException, ExecutionException {
    var load =
        CrashLoad.several(
            CALLERS,
            List.of(Http.loggedIn(server.tenant())),
            server.otherTenant().domainId(),
            ledger,
            random,
            new Outage());
    List<Future<CrashLoad.End>> callers = load.stream().map(threads::submit).toList();
    ledger.await(random.nextInt(1, MOST_ACKNOWLEDGEMENTS + 1));
    LockSupport.parkNanos(random.nextInt(3_000_000));
    server.kill();
    for (Future<CrashLoad.End> caller : callers) {
      caller.get(); // an answer other than success while the server lived fails the test
    }
  }

  private CrashCheck check(ServerProcess server, ExecutorService threads) {
    return new CrashCheck(
        ledger, Http.loggedIn(server.tenant()), Http.loggedIn(server.otherTenant()), threads);
  }

  /// Of each acknowledged call.
  void isOnRecord(List<JsonNode> records) {
    Set<String> recorded = AuditRecords.requestIds(records);
    assertThat(AuditRecords.missing(ledger.uses(), recorded)).isEmpty();
    assertThat(AuditRecords.missing(ledger.changes(), recorded)).isEmpty();
  }

  private void crashWhileStarting(ServerProcess server) {
    server.launch();
    server.awaitStore();
    ServerProcess.pause(Duration.ofMillis(random.nextInt(800)));
    server.kill();
  }

  static Map<String, JsonNode> listed(Http http) {
    var listed = new HashMap<String, JsonNode>();
    String marker = "0";
    while (!marker.isEmpty()) {
      JsonNode page =
          http.kms("list-keys", Map.of("limit", "1000", "marker", marker, "key_spec", "ALL"))
              .ok()
              .json();
      page.path("key_details")
          .forEach(details -> listed.put(details.path("key_id").asText(), details));
      marker = page.path("next_marker").asText();
      if (marker.isEmpty()) {
        assertThat(listed).hasSize(page.path("total").asInt());
      }
    }
    return listed;
  }

  static void opens(Http http, Datakey datakey) {
    opens(datakey, open(http, datakey).ok());
  }

  static void opensPatiently(Http http, Datakey datakey) {
    opens(datakey, Http.patiently(() -> open(http, datakey)).ok());
  }

  static void opens(Datakey datakey, Http.Answer opened) {
    assertThat(opened.text("data_key")).isEqualTo(datakey.plainText());
  }

  static Http.Answer open(Http http, Datakey datakey) {
    return http.kms(
        "decrypt-datakey",
        Map.of(
            "key_id",
            datakey.keyId(),
            "cipher_text",
            datakey.cipherText(),
            "datakey_cipher_length",
            "64"));
  }

  /// The files as the killed server left them: reading them in place would already repair them.
  private List<Path> copyOfTheDatabase() throws IOException {
    ServerProcess.delete(copies);
    Files.createDirectories(copies);
    var databases = new ArrayList<Path>();
    try (var files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = copies.resolve(data.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
        if (isSqlite(copy)) {
          databases.add(copy);
        }
      }
    }
    assertThat(databases).describedAs("the database in " + data).isNotEmpty();
    return databases;
  }

  private static boolean isSqlite(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(15), StandardCharsets.US_ASCII).equals("SQLite format 3");
    }
  }

  static void isWhole(List<Path> databases) throws SQLException {
    for (Path database : databases) {
      try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
          var statement = connection.createStatement();
          var result = statement.executeQuery("PRAGMA integrity_check")) {
        assertThat(result.next()).isTrue();
        assertThat(result.getString(1)).isEqualTo("ok");
      }
    }
  }
}
