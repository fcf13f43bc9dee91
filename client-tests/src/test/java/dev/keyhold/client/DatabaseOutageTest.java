package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
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
  private static final int CONNECTIONS = 6;
  private static final Duration TIMEOUT = Duration.ofSeconds(Chaos.measures() ? 2 : 3);
  private static final int AFTERWARDS = Chaos.measures() ? 200 : 25;

  /// What we promise for the same database, and for another that takes over.
  private static final Duration RECOVERY = Duration.ofSeconds(5);

  private static final Duration FAIL_OVER = Duration.ofSeconds(10);

  /// In an ordinary build no time decides, but a test has an end.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// What all nodes may have open: what they share out among calls, and each three for the change
  /// feed and reads beside a transaction.
  private static final int MOST_CONNECTIONS = NODES * (CONNECTIONS + 3);

  private static final String CANCEL_WAITS =
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  private static final String OF_KEYHOLD =
      "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'keyhold'";
  private static final String AT_WORK =
      OF_KEYHOLD + " AND (state = 'active' OR state LIKE 'idle in transaction%')";

  private final long seed = Chaos.seed();
  private final SplittableRandom random = new SplittableRandom(seed);

  private int acknowledged;
  private int most;
  private final Map<String, Integer> kinds = new TreeMap<>();
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
      var clients = new Clients(cluster);
      for (int i = 0; i < ROUNDS; i++) {
        outage(
            clients,
            postgres,
            "restarted (immediate)",
            () -> {
              postgres.stop();
              postgres.start();
            },
            RECOVERY);
        outage(
            clients,
            postgres,
            "frozen",
            () -> {
              postgres.signal("STOP");
              try {
                ServerProcess.pause(TIMEOUT.plusSeconds(1));
              } finally {
                postgres.signal("CONT");
              }
            },
            RECOVERY);
        outage(
            clients,
            postgres,
            "killed",
            () -> {
              postgres.kill();
              postgres.start();
            },
            RECOVERY);
      }
      count(clients.ledger);
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
        var clients = new Clients(cluster);
        changeWaitsForTheStandby(clients, primary, standby);
        outage(
            clients,
            standby,
            "replaced by its standby",
            () -> {
              primary.kill();
              standby.promote();
            },
            FAIL_OVER);
        count(clients.ledger);
      }
    }
  }

  private void count(CrashLedger ledger) {
    ledger.acknowledgedByKind().forEach((kind, count) -> kinds.merge(kind, count, Integer::sum));
  }

  private void tell(ChaosReport report) {
    report.figure("seed " + seed);
    report.figure(acknowledged + " calls acknowledged, all in force " + kinds);
    report.figure(failed + " answered 503");
    report.figure("longest call " + longest.toMillis() + " ms");
    report.figure("last failure " + slowest.toMillis() + " ms after the database was back");
    report.figure("afterwards no connection at work, and %d more than before".formatted(most));
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

  /// Who calls, and what they were told, from the first outage of a cluster to its last.
  private static final class Clients {
    final Cluster cluster;
    final List<Http> owner;
    final Http guest;
    final CrashLedger ledger = new CrashLedger();
    final Barrier barrier;

    Clients(Cluster cluster) {
      this.cluster = cluster;
      this.owner = cluster.callers();
      this.barrier = Barrier.of(cluster);
      this.guest = Http.loggedIn(cluster.otherTenant(NODES - 1));
    }

    /// @return the status
    int createKey(Http node) {
      String name = Names.fresh();
      KeyModel fresh = KeyModel.fresh(KeyModel.ENABLED);
      ledger.creating(name, fresh);
      Http.Answer answer = node.kms("create-key", Map.of("key_alias", name));
      if (answer.status() == 200) {
        ledger.created(name, answer.json().at("/key_info/key_id").asText(), fresh);
        ledger.changed(answer);
      }
      return answer.status();
    }

    void awaitService(Http node) {
      long began = System.nanoTime();
      int status;
      do {
        status = createKey(node);
      } while (status == 503 && System.nanoTime() - began < PATIENCE.toNanos());
      assertThat(status).isEqualTo(200);
    }
  }

  /// With the standby silent no change is acknowledged: not even after the time for it is up.
  private static void changeWaitsForTheStandby(
      Clients clients, TestPostgres primary, TestPostgres standby) throws InterruptedException {
    Http http = clients.owner.getFirst();
    standby.signal("STOP");
    try {
      assertThat(clients.createKey(http)).isEqualTo(503);
      // Nor when an operator has cancelled the wait, at which PostgreSQL itself says that it is
      // done.
      var cancel = new AtomicBoolean(true);
      var operator =
          Thread.startVirtualThread(() -> {
            while (cancel.get()) {
              primary.sql(clients.cluster.url(), CANCEL_WAITS);
            }
          });
      int status = clients.createKey(http);
      cancel.set(false);
      operator.join();
      assertThat(status).isEqualTo(503);
    } finally {
      standby.signal("CONT");
    }
    clients.awaitService(http);
  }

  /// @param after the database that is there when `fault` returns
  /// @param limit within which all is well again then
  private void outage(
      Clients clients, TestPostgres after, String name, Runnable fault, Duration limit)
      throws Exception {
    CrashLedger ledger = clients.ledger;
    String url = clients.cluster.url();
    var outage = new Outage();
    int earlier = ledger.acknowledged();
    int before;
    long back;
    try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
      var running = new ArrayList<Future<CrashLoad.End>>();
      try {
        CrashLoad.several(
                CALLERS,
                clients.owner,
                clients.cluster.otherTenant(0).domainId(),
                ledger,
                random,
                outage)
            .forEach(load -> running.add(threads.submit(load)));
        ledger.await(20 + random.nextInt(AFTERWARDS));
        before = Integer.parseInt(clients.cluster.value(OF_KEYHOLD));
        fault.run();
        back = System.nanoTime();
        clients.owner.forEach(clients::awaitService);
        ledger.await(AFTERWARDS);
      } finally {
        outage.end();
      }
      for (Future<CrashLoad.End> caller : running) {
        // An answer that is neither success nor 503 fails here.
        assertThat(caller.get(60, TimeUnit.SECONDS)).isEqualTo(CrashLoad.End.OUTAGE_OVER);
      }
      Duration failing = outage.failingAfter(back);
      if (Chaos.measures()) {
        assertThat(failing).describedAs("the database was " + name).isLessThan(limit);
      }
      int open = connectionsAtRest(after, url);
      clients.barrier.await();
      new CrashCheck(ledger, clients.owner.get(NODES - 1), clients.guest, threads)
          .afterARound(random);
      clients.barrier.await();
      tell(name, outage, failing, ledger.acknowledged() - earlier, before, open);
    }
  }

  /// Waits until no connection is at work, and none is left over that no node knows of.
  ///
  /// @return how many there are then
  private static int connectionsAtRest(TestPostgres postgres, String url) {
    long began = System.nanoTime();
    int open;
    int atWork;
    do {
      ServerProcess.pause(Duration.ofMillis(20));
      atWork = Integer.parseInt(postgres.value(url, AT_WORK));
      open = Integer.parseInt(postgres.value(url, OF_KEYHOLD));
    } while ((atWork > 0 || open > MOST_CONNECTIONS)
        && System.nanoTime() - began < PATIENCE.toNanos());
    assertThat(atWork).describedAs("connections at work").isZero();
    assertThat(open).describedAs("connections").isLessThanOrEqualTo(MOST_CONNECTIONS);
    return open;
  }

  private void tell(String name, Outage outage, Duration failing, int calls, int before, int open) {
    acknowledged += calls;
    failed += outage.answers().getOrDefault(503, 0);
    longest = outage.longest().compareTo(longest) > 0 ? outage.longest() : longest;
    slowest = failing.compareTo(slowest) > 0 ? failing : slowest;
    most = Math.max(most, open - before);
    System.out.printf(
        "database %s: %d calls acknowledged, answers %s, longest %d ms, last failure %d ms after it"
            + " was back, %d connections before and %d after%n",
        name,
        calls,
        outage.answers(),
        outage.longest().toMillis(),
        failing.toMillis(),
        before,
        open);
  }
}
