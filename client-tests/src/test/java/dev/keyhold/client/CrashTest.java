package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.client.CrashLedger.Datakey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a working server with SIGKILL, at random moments and some times once more while it starts
/// again, and then asks it for everything that it acknowledged.
///
/// `-Dkeyhold.crash.rounds=50` for a longer run, `-Dkeyhold.crash.seed=…` to repeat the choices of
/// one: the seed is in the first line that is printed. What happens between the processes is up to
/// the machine.
class CrashTest {
  private static final int CALLERS = 6;
  private static final int MOST_ACKNOWLEDGEMENTS = 600;

  @TempDir private Path data;
  @TempDir private Path copies;

  private final CrashLedger ledger = new CrashLedger();
  private final long seed = Long.getLong("keyhold.crash.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);

  /// Before the first start.
  void prepare(ServerProcess server) {}

  /// After each kill, before anything looks at the files.
  void afterKill() {}

  @Test
  void acknowledgedKeysAndDatakeysSurvive() throws Exception {
    int rounds = Integer.getInteger("keyhold.crash.rounds", 5);
    System.out.println("crash test: " + rounds + " rounds, seed " + seed);
    try (var server = ServerProcess.on(data);
        var threads = Executors.newFixedThreadPool(CALLERS)) {
      prepare(server);
      server.start();
      for (int round = 1; round <= rounds; round++) {
        int before = ledger.acknowledged();
        int datakeysBefore = ledger.datakeys().size();
        crash(server, threads);
        afterKill();
        int inDoubt = stepsInDoubt();
        isWhole(copyOfTheDatabase());
        int more = random.nextInt(4) == 0 ? 1 : 0;
        if (more == 1) {
          crashWhileStarting(server);
          afterKill();
        }
        Duration restart = server.start();

        Http http = Http.loggedIn(server.tenant());
        isAsAcknowledged(http);
        refusesWhatIsNotEnabled(http);
        enableAll(http, threads);
        everyKeyWorks(http, threads);
        List<Datakey> datakeys = ledger.datakeys();
        open(http, threads, datakeys.subList(datakeysBefore, datakeys.size()));
        System.out.printf(
            "round %d: %d calls acknowledged, %d in doubt, killed %s, restarted in %d ms;"
                + " %d keys and %d data keys are there%n",
            round,
            ledger.acknowledged() - before,
            inDoubt,
            more == 1 ? "twice" : "once",
            restart.toMillis(),
            ledger.keys().size(),
            datakeys.size());
      }
      open(Http.loggedIn(server.tenant()), threads, ledger.datakeys());
      assertThat(server.stop()).isZero();
      isWhole(copyOfTheDatabase());
    }
  }

  private void crash(ServerProcess server, ExecutorService threads)
      throws InterruptedException, ExecutionException {
    Http http = Http.loggedIn(server.tenant());
    List<String> keys = List.copyOf(ledger.keys());
    var callers = new ArrayList<Future<Void>>();
    for (int i = 0; i < CALLERS; i++) {
      var own = new ArrayList<String>();
      for (int k = i; k < keys.size(); k += CALLERS) {
        own.add(keys.get(k));
      }
      callers.add(threads.submit(new CrashLoad(http, ledger, random.split(), own)));
    }
    ledger.await(random.nextInt(1, MOST_ACKNOWLEDGEMENTS + 1));
    LockSupport.parkNanos(random.nextInt(3_000_000));
    server.kill();
    for (Future<Void> caller : callers) {
      caller.get(); // an answer other than success while the server lived fails the test
    }
  }

  private void crashWhileStarting(ServerProcess server) {
    server.launch();
    ServerProcess.pause(Duration.ofMillis(random.nextInt(1200)));
    server.kill();
  }

  private int stepsInDoubt() {
    int changes = 0;
    for (String key : ledger.keys()) {
      changes += ledger.states(key).size() - 1;
    }
    return changes + ledger.namesInDoubt();
  }

  /// Every acknowledged key is there in its acknowledged state, and nothing that nobody asked for.
  private void isAsAcknowledged(Http http) {
    Map<String, JsonNode> listed = listed(http);
    for (String key : ledger.keys()) {
      assertThat(listed).describedAs("an acknowledged key is lost").containsKey(key);
      String state = listed.get(key).path("key_state").asText();
      assertThat(ledger.states(key)).describedAs("the state of " + key).contains(state);
    }
    listed.forEach((key, details) -> {
      String state = details.path("key_state").asText();
      if (ledger.states(key).isEmpty()) {
        String name = details.path("key_alias").asText();
        assertThat(ledger.mayHaveBeenCreated(name)).describedAs(name).isTrue();
        assertThat(state).isEqualTo(CrashLedger.ENABLED);
      }
      assertThat(details.path("scheduled_deletion_date").asText().isEmpty())
          .describedAs("the date of " + key + " in state " + state)
          .isNotEqualTo(state.equals(CrashLedger.PENDING_DELETION));
      assertThat(details.path("key_spec").asText()).isIn("AES_256", "SM4");
      ledger.settle(key, state);
    });
    assertThat(http.get(http.kmsPath("user-instances")).ok().json().path("instance_num").asInt())
        .isEqualTo(listed.size());
    ledger.forgetNamesInDoubt();
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

  private void refusesWhatIsNotEnabled(Http http) {
    for (String key : ledger.keys()) {
      String state = ledger.states(key).iterator().next();
      if (!state.equals(CrashLedger.ENABLED)) {
        assertThat(http.kms("create-datakey", Map.of("key_id", key)).code())
            .isEqualTo(state.equals(CrashLedger.DISABLED) ? "KMS.0209" : "KMS.0210");
      }
    }
  }

  private void enableAll(Http http, ExecutorService threads) throws InterruptedException {
    forEach(
        threads,
        ledger.keys(),
        key -> {
          String state = ledger.states(key).iterator().next();
          if (state.equals(CrashLedger.PENDING_DELETION)) {
            http.kms("cancel-key-deletion", Map.of("key_id", key)).ok();
          }
          if (!state.equals(CrashLedger.ENABLED)) {
            http.kms("enable-key", Map.of("key_id", key)).ok();
            ledger.settle(key, CrashLedger.ENABLED);
          }
        });
  }

  private void everyKeyWorks(Http http, ExecutorService threads) throws InterruptedException {
    forEach(
        threads,
        ledger.keys(),
        key -> {
          Http.Answer created = http.kms("create-datakey", Map.of("key_id", key)).ok();
          opens(http, new Datakey(key, created.text("cipher_text"), created.text("plain_text")));
        });
  }

  private static void open(Http http, ExecutorService threads, Collection<Datakey> datakeys)
      throws InterruptedException {
    forEach(threads, datakeys, datakey -> opens(http, datakey));
  }

  static void opens(Http http, Datakey datakey) {
    Http.Answer opened =
        http.kms(
                "decrypt-datakey",
                Map.of(
                    "key_id",
                    datakey.keyId(),
                    "cipher_text",
                    datakey.cipherText(),
                    "datakey_cipher_length",
                    "64"))
            .ok();
    assertThat(opened.text("data_key")).isEqualTo(datakey.plainText());
  }

  private static <T> void forEach(ExecutorService threads, Collection<T> all, Consumer<T> task)
      throws InterruptedException {
    var calls =
        all.stream()
            .<Callable<Void>>map(each ->
                () -> {
                  task.accept(each);
                  return null;
                })
            .toList();
    for (Future<Void> done : threads.invokeAll(calls)) {
      if (done.state() == Future.State.FAILED) {
        throw new AssertionError(done.exceptionNow());
      }
    }
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

  private static void isWhole(List<Path> databases) throws SQLException {
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
