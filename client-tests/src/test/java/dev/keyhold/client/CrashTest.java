package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Data;
import dev.keyhold.client.CrashLedger.Datakey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
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
  private static final int MOST_ACKNOWLEDGEMENTS = 600;

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

        Http http = Http.loggedIn(server.tenant());
        Http guest = Http.loggedIn(server.otherTenant());
        Set<String> touched = isAsAcknowledged(http, guest, threads);
        refusesWhatIsNotEnabled(http, touched);
        everyKeyWorks(http, threads, enableAll(http, threads, touched));
        open(http, threads, CrashLedger.sample(ledger.datakeys(), 200, 200, random));
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
      Http http = Http.loggedIn(server.tenant());
      areAsAcknowledged(http, Http.loggedIn(server.otherTenant()), threads, ledger.keys());
      everyKeyWorks(http, threads, enableAll(http, threads, ledger.keys()));
      open(http, threads, ledger.datakeys());
      decrypt(http, threads, ledger.data());
      assertThat(server.stop()).isZero();
      isWhole(copyOfTheDatabase());
      row.figure(
          "0 of %d acknowledged calls lost %s"
              .formatted(ledger.acknowledged(), ledger.acknowledgedByKind()));
      row.figure(
          "%d keys as acknowledged, %d data keys and %d texts open, integrity check ok"
              .formatted(ledger.keys().size(), ledger.datakeys().size(), ledger.data().size()));
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
    Http http = Http.loggedIn(server.tenant());
    String grantee = server.otherTenant().domainId();
    List<String> keys = List.copyOf(ledger.keys());
    var callers = new ArrayList<Future<Void>>();
    for (int i = 0; i < CALLERS; i++) {
      var own = new ArrayList<String>();
      for (int k = i; k < keys.size(); k += CALLERS) {
        own.add(keys.get(k));
      }
      callers.add(threads.submit(new CrashLoad(http, grantee, ledger, random.split(), own)));
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

  /// Every acknowledged key is there in its acknowledged state, and nothing that nobody asked for.
  ///
  /// @return the keys that were called for
  private Set<String> isAsAcknowledged(Http http, Http guest, ExecutorService threads)
      throws InterruptedException {
    Map<String, JsonNode> listed = listed(http);
    assertThat(listed.keySet())
        .describedAs("acknowledged keys are lost")
        .containsAll(ledger.keys());
    var touched = new HashSet<>(ledger.touched());
    listed.forEach((key, details) -> {
      String state = details.path("key_state").asText();
      if (!ledger.knows(key)) {
        String name = details.path("key_alias").asText();
        ledger.settle(
            key,
            ledger
                .mayHaveBeenCreated(name)
                .orElseThrow(() -> new AssertionError("nobody asked for " + name)));
        if (details.path("origin").asText().equals("external")) {
          ledger.material(key);
        }
        touched.add(key);
      }
      assertThat(ledger.possible(key).stream().map(KeyModel::state)).contains(state);
      assertThat(details.path("scheduled_deletion_date").asText().isEmpty())
          .describedAs("the date of " + key + " in state " + state)
          .isNotEqualTo(state.equals(KeyModel.PENDING_DELETION));
      assertThat(details.path("key_spec").asText()).isIn("AES_256", "SM4");
    });
    assertThat(http.get(http.kmsPath("user-instances")).ok().json().path("instance_num").asInt())
        .isEqualTo(listed.size());
    ledger.forgetNamesInDoubt();
    areAsAcknowledged(http, guest, threads, touched);
    return touched;
  }

  /// All that a client can see of them, also the client to whom they were granted.
  private void areAsAcknowledged(
      Http http, Http guest, ExecutorService threads, Collection<String> keys)
      throws InterruptedException {
    forEach(
        threads,
        keys,
        key -> {
          KeyModel seen = KeyModel.seen(http, key);
          assertThat(seen).describedAs("key " + key).isIn(ledger.possible(key));
          ledger.settle(key, seen);
          assertThat(
                  Http.patiently(() -> guest.kms("describe-key", Map.of("key_id", key))).status())
              .describedAs("what the grantee is told of " + key)
              .isEqualTo(seen.grants().isEmpty() ? 404 : 200);
        });
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

  private void refusesWhatIsNotEnabled(Http http, Collection<String> keys) {
    for (String key : keys) {
      String code =
          switch (ledger.now(key).state()) {
            case KeyModel.ENABLED -> "";
            case KeyModel.DISABLED -> "KMS.0209";
            case KeyModel.PENDING_DELETION -> "KMS.0210";
            default -> "KMS.1301";
          };
      if (!code.isEmpty()) {
        assertThat(Http.patiently(() -> http.kms("create-datakey", Map.of("key_id", key))).code())
            .isEqualTo(code);
      }
    }
  }

  /// @return the keys
  private Collection<String> enableAll(Http http, ExecutorService threads, Collection<String> keys)
      throws InterruptedException {
    forEach(
        threads,
        keys,
        key -> {
          KeyModel now = ledger.now(key);
          if (now.state().equals(KeyModel.PENDING_DELETION)) {
            Http.patiently(() -> http.kms("cancel-key-deletion", Map.of("key_id", key))).ok();
          }
          if (now.state().equals(KeyModel.PENDING_IMPORT)) {
            Http.patiently(() -> imported(http, key)).ok();
          } else if (!now.state().equals(KeyModel.ENABLED)) {
            Http.patiently(() -> http.kms("enable-key", Map.of("key_id", key))).ok();
          }
          ledger.settle(key, now.in(KeyModel.ENABLED));
        });
    return keys;
  }

  private Http.Answer imported(Http http, String key) {
    try {
      return Importer.importAgain(http, key, ledger.material(key));
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private void everyKeyWorks(Http http, ExecutorService threads, Collection<String> keys)
      throws InterruptedException {
    forEach(
        threads,
        keys,
        key -> {
          Http.Answer created =
              Http.patiently(() -> http.kms("create-datakey", Map.of("key_id", key))).ok();
          var made = new Datakey(key, created.text("cipher_text"), created.text("plain_text"));
          assertThat(CrashLoad.versionOf(made)).isEqualTo(ledger.now(key).rotations());
          opens(made, Http.patiently(() -> open(http, made)).ok());
        });
  }

  private static void decrypt(Http http, ExecutorService threads, Collection<Data> all)
      throws InterruptedException {
    forEach(
        threads,
        all,
        data ->
            assertThat(
                    Http.patiently(() ->
                            http.kms("decrypt-data", Map.of("cipher_text", data.cipherText())))
                        .ok()
                        .text("plain_text"))
                .isEqualTo(data.plainText()));
  }

  private static void open(Http http, ExecutorService threads, Collection<Datakey> datakeys)
      throws InterruptedException {
    forEach(
        threads,
        datakeys,
        datakey -> opens(datakey, Http.patiently(() -> open(http, datakey)).ok()));
  }

  static void opens(Http http, Datakey datakey) {
    opens(datakey, open(http, datakey).ok());
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
