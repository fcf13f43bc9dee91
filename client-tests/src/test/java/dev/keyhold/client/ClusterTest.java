package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several launched nodes on one database. A long run holds the promise of a second to account, any
/// other the cap of five alone.
@Tag(Chaos.TAG)
class ClusterTest {
  private static final int ROUNDS = Chaos.rounds(3);
  private static final Duration PROMISE = Chaos.measures() ? Duration.ofSeconds(1) : Lag.CAP;
  private static final Duration AFTERMATH = Duration.ofMillis(Chaos.measures() ? 300 : 50);

  @SuppressWarnings("NullAway") // set before all tests
  private static TestPostgres postgres;

  @BeforeAll
  static void startPostgres() {
    postgres = TestPostgres.start(true);
  }

  @AfterAll
  static void stopPostgres() {
    if (postgres != null) {
      postgres.close();
    }
  }

  /// With notifications, and by the intervals alone.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatOneNodeForbidsIsSoonRefusedByTheOthers(boolean notify) throws Exception {
    try (var report =
            ChaosReport.of(
                    "F6 staleness, " + (notify ? "NOTIFY" : "polling alone"),
                    "forbidden on one of three nodes while the others use it at full speed")
                .rounds(ROUNDS);
        var cluster =
            Cluster.on(postgres, 3).with("store.notify", Boolean.toString(notify)).start()) {
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
          maker
              .kms("create-key", Map.of("key_alias", Names.fresh()))
              .ok()
              .json()
              .at("/key_info/key_id")
              .asText();
      for (Http user : callers) {
        user.kms("create-datakey", Map.of("key_id", key)).ok();
      }
    }
  }
}
