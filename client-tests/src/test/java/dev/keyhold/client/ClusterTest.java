package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Several launched nodes on one database. A long run holds the promise of a second to account, any
/// other the cap of five alone.
@Tag(Chaos.TAG)
class ClusterTest {
  /// A long run has the hundred for which the promise is made.
  private static final int ROUNDS = Chaos.rounds(2) < 50 ? Chaos.rounds(2) : 100;

  private static final Duration PROMISE = Chaos.measures() ? Duration.ofSeconds(1) : Lag.CAP;
  private static final Duration AFTERMATH = Duration.ofMillis(Chaos.measures() ? 300 : 50);

  /// How the news gets from the node that forbids to the others.
  enum News {
    NOTIFY("NOTIFY", true, true),
    POLLING("polling alone", false, false),

    /// The others listen, and hear nothing.
    LOST("NOTIFY lost", false, true);

    private final String name;
    private final boolean announced;
    private final boolean awaited;

    News(String name, boolean announced, boolean awaited) {
      this.name = name;
      this.announced = announced;
      this.awaited = awaited;
    }

    private Cluster cluster() {
      var cluster = Cluster.on(TestPostgres.shared(), 3);
      cluster.with("store.notify", Boolean.toString(awaited));
      cluster.node(0).with("store.notify", Boolean.toString(announced));
      return cluster.start();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatOneNodeForbidsIsSoonRefusedByTheOthers(News news) throws Exception {
    try (var report =
            ChaosReport.of(
                    "F6 staleness, " + news.name,
                    "forbidden on one of three nodes while the others use it at full speed")
                .rounds(ROUNDS);
        var cluster = news.cluster()) {
      var forbidding = new Forbidding(cluster);
      run(report, "disable-key", forbidding::disabledKey, () -> {});
      run(report, "schedule-key-deletion", forbidding::deletedKey, () -> {});
      run(report, "revoke-grant", forbidding::revokedGrant, () -> {});
      run(
          report,
          "access key disabled",
          forbidding::disabledAccessKey,
          forbidding::deleteDisabledAccessKeys);
      run(report, "password changed", forbidding::changedPassword, () -> {});
      everyNodeServesEveryKey(cluster);
      report.passed();
    }
  }

  private static void run(
      ChaosReport report, String name, Supplier<Forbidding.Step> next, Runnable afterwards)
      throws InterruptedException {
    var lag = new Lag(AFTERMATH);
    for (int i = 0; i < ROUNDS; i++) {
      var step = next.get();
      lag.round(step.uses(), step.change());
      afterwards.run();
    }
    report.figure(name + ": " + lag);
    System.out.println(name + ": " + lag); // before the report, which comes at the end
    assertThat(lag.max()).describedAs(name).isLessThan(PROMISE);
  }

  private static void everyNodeServesEveryKey(Cluster cluster) {
    var callers = cluster.callers();
    for (Http maker : callers) {
      String key =
          Http.patiently(() -> maker.kms("create-key", Map.of("key_alias", Names.fresh())))
              .ok()
              .json()
              .at("/key_info/key_id")
              .asText();
      for (Http user : callers) {
        Http.patiently(() -> user.kms("create-datakey", Map.of("key_id", key))).ok();
      }
    }
  }
}
