package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Kills a node of three with SIGKILL, whichever and whenever, while callers change and use keys on
/// all of them, and then asks another node for everything that any has acknowledged. The other two
/// go on meanwhile, and their callers notice nothing but a 503 at the worst.
@Tag(Chaos.TAG)
class ClusterCrashTest {
  private static final int NODES = 3;
  private static final int CALLERS = 6;
  private static final int MOST_ACKNOWLEDGEMENTS = Chaos.measures() ? 600 : 200;
  private static final int AFTERWARDS = Chaos.measures() ? 100 : 30;

  /// A node is ready within this time, also after a crash. Three times what a server alone has: the
  /// two others are at work on the same cores meanwhile.
  private static final Duration START = Duration.ofSeconds(15);

  private final CrashLedger ledger = new CrashLedger();
  private final long seed = Chaos.seed();
  private final SplittableRandom random = new SplittableRandom(seed);
  private int unavailable;

  @Test
  void whatAKilledNodeAcknowledgedIsThereOnTheOthers() throws Exception {
    int rounds = Chaos.rounds(1);
    try (var row =
            ChaosReport.of(
                    "F1 SIGKILL of a node",
                    "SIGKILL of one of three nodes on one PostgreSQL at a random moment of a mixed"
                        + " load on all, everything then asked of another node")
                .rounds(rounds);
        var cluster = Cluster.on(TestPostgres.shared(), NODES).start();
        var threads = Executors.newFixedThreadPool(CALLERS)) {
      row.figure("seed " + seed);
      String token = Login.token(cluster.tenant(0));
      var barrier = Barrier.of(cluster);
      String guestToken = Login.token(cluster.otherTenant(0));
      Duration slowest = Duration.ZERO;
      for (int round = 1; round <= rounds; round++) {
        int before = ledger.acknowledged();
        int killed = random.nextInt(NODES);
        Duration restart = crash(cluster, token, killed, threads);
        slowest = restart.compareTo(slowest) > 0 ? restart : slowest;
        int inDoubt = ledger.inDoubt();

        int other = (killed + 1 + random.nextInt(NODES - 1)) % NODES;
        barrier.await();
        check(cluster, token, guestToken, other, threads).afterARound(random);
        barrier.await();
        isOnRecord(cluster);
        System.out.printf(
            "round %d: %d calls acknowledged, %d in doubt, node %d killed and back in %d ms;"
                + " node %d has %d keys and %d data keys%n",
            round,
            ledger.acknowledged() - before,
            inDoubt,
            killed,
            restart.toMillis(),
            other,
            ledger.keys().size(),
            ledger.datakeys().size());
      }
      check(cluster, token, guestToken, random.nextInt(NODES), threads).atTheEnd();
      row.figure(
          "0 of %d acknowledged calls lost %s"
              .formatted(ledger.acknowledged(), ledger.acknowledgedByKind()));
      row.figure(
          "%d keys as acknowledged, %d data keys and %d texts open"
              .formatted(ledger.keys().size(), ledger.datakeys().size(), ledger.data().size()));
      row.figure(
          "%d uses in the nodes' segments and %d changes in the database's records, none missing"
              .formatted(ledger.uses().size(), ledger.changes().size()));
      row.figure(unavailable + " calls answered 503, nothing else");
      row.figure("slowest start " + slowest.toMillis() + " ms");
      if (Chaos.measures()) {
        assertThat(slowest).isLessThan(START);
      }
      row.passed();
    }
  }

  private CrashCheck check(
      Cluster cluster, String token, String guestToken, int node, ExecutorService threads) {
    return new CrashCheck(
        ledger,
        Http.withToken(cluster.tenant(node), token),
        Http.withToken(cluster.otherTenant(node), guestToken),
        threads);
  }

  /// @return how long the node took to start again
  private Duration crash(Cluster cluster, String token, int victim, ExecutorService threads)
      throws Exception {
    var outage = new Outage();
    List<Http> nodes =
        cluster.nodes().stream().map(node -> Http.withToken(node.tenant(), token)).toList();
    var running = new ArrayList<Future<CrashLoad.End>>();
    Duration restart;
    try {
      CrashLoad.several(CALLERS, nodes, cluster.otherTenant(0).domainId(), ledger, random, outage)
          .forEach(load -> running.add(threads.submit(load)));
      ledger.await(random.nextInt(1, MOST_ACKNOWLEDGEMENTS + 1));
      LockSupport.parkNanos(random.nextInt(3_000_000));
      cluster.node(victim).kill();
      ledger.await(AFTERWARDS); // of the others
      restart = cluster.node(victim).start();
    } finally {
      outage.end();
    }
    for (int i = 0; i < CALLERS; i++) {
      assertThat(running.get(i).get(60, TimeUnit.SECONDS))
          .describedAs("a caller at node " + i % NODES + ", and " + victim + " was killed")
          .isEqualTo(i % NODES == victim ? CrashLoad.End.SERVER_GONE : CrashLoad.End.OUTAGE_OVER);
    }
    unavailable += outage.answers().getOrDefault(503, 0);
    return restart;
  }

  /// Each change in the database, whichever node made it; each use in the folder of some node.
  private void isOnRecord(Cluster cluster) {
    Set<String> inDatabase =
        Set.of(cluster.value("SELECT string_agg(id, ',') FROM audit_event").split(","));
    assertThat(AuditRecords.missing(ledger.changes(), inDatabase)).isEmpty();
    assertThat(AuditRecords.missing(ledger.uses(), inDatabase)).hasSameSizeAs(ledger.uses());
    Set<String> recorded = AuditRecords.requestIds(AuditRecords.export(cluster));
    assertThat(AuditRecords.missing(ledger.uses(), recorded)).isEmpty();
    assertThat(AuditRecords.missing(ledger.changes(), recorded)).isEmpty();
  }
}
