package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What happens to a database under three nodes at work: it is stopped as by a crash, frozen,
/// killed, and replaced by its synchronous standby. Nothing acknowledged is lost, and nothing else
/// is told than 503.
///
/// A long run has so many outages of each kind, and a tenth of it fail-overs.
@Tag(Chaos.TAG)
class DatabaseOutageTest {
  private static final int ROUNDS = Chaos.rounds(1);
  private static final int NODES = 3;
  private static final int CALLERS = 6;
  private static final int CONNECTIONS = 10;
  private static final Duration TIMEOUT = Duration.ofSeconds(Chaos.measures() ? 2 : 1);
  private static final int AFTERWARDS = Chaos.measures() ? 200 : 50;
  private static final Duration RECOVERY = Duration.ofSeconds(10);
  private static final String PROBE = "probe-";
  private static final String CANCEL_WAITS =
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  private static final String OF_KEYHOLD =
      "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'keyhold'";

  private final SplittableRandom random = new SplittableRandom(Chaos.seed());

  private int acknowledged;
  private int failed;
  private Duration longest = Duration.ZERO;
  private Duration slowest = Duration.ZERO;

  @Test
  void nothingAcknowledgedIsLostWhenTheDatabaseStopsFreezesOrIsKilled() throws Exception {
    try (var report =
            ChaosReport.of("F5 outage", "PostgreSQL stopped, frozen and killed under three nodes")
                .rounds(ROUNDS);
        var postgres = TestPostgres.start(true);
        var cluster = configured(Cluster.on(postgres, NODES)).start()) {
      for (int i = 0; i < ROUNDS; i++) {
        outage(
            cluster,
            postgres,
            "restarted (immediate)",
            () -> {
              postgres.stop();
              postgres.start();
            });
        outage(
            cluster,
            postgres,
            "frozen",
            () -> {
              postgres.signal("STOP");
              try {
                ServerProcess.pause(TIMEOUT.plusSeconds(1));
              } finally {
                postgres.signal("CONT");
              }
            });
        outage(
            cluster,
            postgres,
            "killed",
            () -> {
              postgres.kill();
              postgres.start();
            });
      }
      tell(report);
    }
  }

  @Test
  void nothingAcknowledgedIsLostWhenASynchronousStandbyTakesOver() throws Exception {
    int rounds = Math.max(1, ROUNDS / 10);
    try (var report =
        ChaosReport.of("F5 fail-over", "PostgreSQL killed, its synchronous standby promoted")
            .rounds(rounds)) {
      for (int i = 0; i < rounds; i++) {
        failOver();
      }
      tell(report);
    }
  }

  private void failOver() throws Exception {
    try (var primary = TestPostgres.start(true)) {
      String first = primary.newDatabase();
      try (var standby = primary.synchronousStandby();
          var cluster = configured(Cluster.on(primary, both(first, standby), NODES)).start()) {
        changeWaitsForTheStandby(cluster, primary, standby);
        outage(
            cluster,
            standby,
            "replaced by its standby",
            () -> {
              primary.kill();
              standby.promote();
            });
      }
    }
  }

  private void tell(ChaosReport report) {
    report.figure(acknowledged + " calls acknowledged, all in force");
    report.figure(failed + " answered 503");
    report.figure("longest call " + longest.toMillis() + " ms");
    report.figure("last failure " + slowest.toMillis() + " ms after the database was back");
    report.passed();
  }

  private static Cluster configured(Cluster cluster) {
    return cluster
        .with("store.timeout", TIMEOUT.toSeconds() + "s")
        .with("store.connections", Integer.toString(CONNECTIONS));
  }

  private static String both(String url, TestPostgres standby) {
    int path = url.lastIndexOf('/');
    return url.substring(0, path) + ",127.0.0.1:" + standby.port() + url.substring(path);
  }

  /// With the standby silent no change is acknowledged: not even after the time for it is up.
  private static void changeWaitsForTheStandby(
      Cluster cluster, TestPostgres primary, TestPostgres standby) throws InterruptedException {
    Http http = Http.loggedIn(cluster.tenant(0));
    standby.signal("STOP");
    try {
      assertThat(http.kms("create-key", Map.of("key_alias", Names.fresh())).status())
          .isEqualTo(503);
      // Nor when an operator has cancelled the wait, at which PostgreSQL itself says that it is
      // done.
      var cancel = new AtomicBoolean(true);
      var operator =
          Thread.startVirtualThread(() -> {
            while (cancel.get()) {
              primary.sql(cluster.url(), CANCEL_WAITS);
            }
          });
      int status = http.kms("create-key", Map.of("key_alias", Names.fresh())).status();
      cancel.set(false);
      operator.join();
      assertThat(status).isEqualTo(503);
    } finally {
      standby.signal("CONT");
    }
    Http.Answer answer = http.kms("create-key", Map.of("key_alias", Names.fresh()));
    while (answer.status() == 503) {
      answer = http.kms("create-key", Map.of("key_alias", Names.fresh()));
    }
    answer.ok();
  }

  /// @param after the database that is there when `fault` returns
  private void outage(Cluster cluster, TestPostgres after, String name, Runnable fault)
      throws Exception {
    var ledger = new CrashLedger();
    var outage = new Outage();
    List<Http> callers = cluster.callers();
    Set<String> known = CrashTest.listed(callers.getFirst()).keySet();
    long back;
    try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
      var running = new ArrayList<Future<Void>>();
      try {
        for (int i = 0; i < CALLERS; i++) {
          Http http = callers.get(i % NODES);
          running.add(threads.submit(new OutageLoad(http, ledger, random.split(), outage)));
        }
        ledger.await(20 + random.nextInt(AFTERWARDS));
        fault.run();
        back = System.nanoTime();
        for (Http node : callers) {
          awaitService(node, back);
        }
        ledger.await(AFTERWARDS);
      } finally {
        outage.end();
      }
      for (Future<Void> caller : running) {
        caller.get(60, TimeUnit.SECONDS); // an answer that is neither success nor 503 fails here
      }
    }
    Duration failing = outage.failingAfter(back);
    assertThat(failing).describedAs("the database was " + name).isLessThan(RECOVERY);
    int open = Integer.parseInt(after.value(cluster.url(), OF_KEYHOLD));
    assertThat(open).isLessThanOrEqualTo(NODES * (CONNECTIONS + 3));
    assertThat(after.value(cluster.url(), OF_KEYHOLD + " AND state LIKE 'idle in transaction%'"))
        .isEqualTo("0");
    isAsAcknowledged(callers, ledger, known);
    acknowledged += ledger.acknowledged();
    failed += outage.answers().getOrDefault(503, 0);
    longest = outage.longest().compareTo(longest) > 0 ? outage.longest() : longest;
    slowest = failing.compareTo(slowest) > 0 ? failing : slowest;
    System.out.printf(
        "database %s: %d calls acknowledged, %d keys and %d data keys are there, answers %s,"
            + " longest %d ms, last failure %d ms after it was back, %d connections%n",
        name,
        ledger.acknowledged(),
        ledger.keys().size(),
        ledger.datakeys().size(),
        outage.answers(),
        outage.longest().toMillis(),
        failing.toMillis(),
        open);
  }

  private static void awaitService(Http node, long back) {
    int status;
    do {
      status = node.kms("create-key", Map.of("key_alias", PROBE + Names.fresh())).status();
    } while (status == 503 && System.nanoTime() - back < RECOVERY.toNanos());
    assertThat(status).isEqualTo(200);
  }

  private static void isAsAcknowledged(List<Http> callers, CrashLedger ledger, Set<String> known) {
    Map<String, JsonNode> listed = CrashTest.listed(callers.get(1));
    for (String key : ledger.keys()) {
      assertThat(listed).describedAs("an acknowledged key is lost").containsKey(key);
      String state = listed.get(key).path("key_state").asText();
      assertThat(ledger.possible(key))
          .describedAs("the state of " + key)
          .extracting(KeyModel::state)
          .contains(state);
      if (!state.equals(KeyModel.ENABLED)) {
        callers.get(2).kms("enable-key", Map.of("key_id", key)).ok();
      }
    }
    for (CrashLedger.Datakey datakey : ledger.datakeys()) {
      CrashTest.opens(callers.get(2), datakey);
    }
    // Nothing is there twice, and nothing that nobody asked for.
    var others = new HashSet<String>();
    listed.forEach((key, details) -> {
      String name = details.path("key_alias").asText();
      if (!known.contains(key) && !ledger.knows(key)) {
        assertThat(name.startsWith(PROBE) || ledger.mayHaveBeenCreated(name).isPresent()).isTrue();
        assertThat(others.add(name)).isTrue();
      }
    });
  }
}
