package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A node that alone has lost the database: it serves what it has in memory for `staleness.max`,
/// and nothing beyond that.
@Tag(Chaos.TAG)
class CutOffTest {
  private static final int ROUNDS = Math.max(1, Chaos.rounds(1) / 10);
  private static final Duration STALENESS = Duration.ofSeconds(Chaos.measures() ? 2 : 1);
  private static final Duration RECOVERY = Duration.ofSeconds(10);

  /// In an ordinary build no time decides, but a test has an end.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final TestPostgres postgres = TestPostgres.shared();

  @Test
  void nodeThatIsCutOffRefusesInTimeAndComesBackByItself() {
    try (var report =
            ChaosReport.of("F6 cut off", "a node that alone has lost the database").rounds(ROUNDS);
        var relay = TcpRelay.to(postgres.port());
        var cluster = Cluster.on(postgres, 2).with("staleness.max", STALENESS.toSeconds() + "s")) {
      cluster
          .node(1)
          .with(
              "store.url",
              cluster.url().replace(":" + postgres.port() + "/", ":" + relay.port() + "/"));
      cluster.start();
      for (int i = 0; i < ROUNDS; i++) {
        report.figure(round(cluster, relay, "silence", relay::freeze));
        report.figure(round(cluster, relay, "broken connections", relay::cut));
      }
      report.passed();
    }
  }

  private static String round(Cluster cluster, TcpRelay relay, String name, Runnable fault) {
    var callers = cluster.callers();
    Http whole = callers.get(0);
    Http cut = callers.get(1);
    var disabled = Map.of("key_id", newKey(whole));
    var enabled = Map.of("key_id", newKey(whole));
    for (var key : List.of(disabled, enabled)) {
      Http.patiently(() -> cut.kms("create-datakey", key)).ok();
    }

    fault.run();
    long began = System.nanoTime();
    Http.once("KMS.1301", () -> whole.kms("disable-key", disabled));
    long last = began;
    int refused = 0; // in a row: where no time decides, a single one may be for want of a disk
    while (refused < 20 && System.nanoTime() - began < PATIENCE.toNanos()) {
      Http.Answer answer = cut.kms("create-datakey", refused % 2 == 0 ? disabled : enabled);
      if (answer.status() == 200 && (refused == 0 || !Chaos.measures())) {
        last = System.nanoTime();
        refused = 0;
      } else {
        assertThat(answer.status()).describedAs(answer.body()).isEqualTo(503);
        refused++;
      }
    }
    Duration served = Duration.ofNanos(last - began);
    assertThat(refused).isEqualTo(20);
    assertThat(cut.get("/health/ready").status()).isEqualTo(503);
    Http.patiently(() -> whole.kms("create-datakey", enabled)).ok();

    relay.heal();
    long healed = System.nanoTime();
    Http.Answer answer = cut.kms("create-datakey", disabled);
    while (answer.status() == 503 && System.nanoTime() - healed < PATIENCE.toNanos()) {
      answer = cut.kms("create-datakey", disabled);
    }
    Duration recovered = Duration.ofNanos(System.nanoTime() - healed);
    assertThat(answer.code()).describedAs(answer.body()).isEqualTo("KMS.0209");
    Http.patiently(() -> cut.kms("create-datakey", enabled)).ok();
    ServerProcess.await(PATIENCE, () -> cut.get("/health/ready").status() == 200);
    if (Chaos.measures()) {
      assertThat(served).isLessThan(Lag.CAP);
      assertThat(recovered).isLessThan(RECOVERY);
    }
    return "%s: served from memory for %d ms (staleness.max %d), back after %d ms"
        .formatted(name, served.toMillis(), STALENESS.toMillis(), recovered.toMillis());
  }

  private static String newKey(Http http) {
    return Http.patiently(() -> http.kms("create-key", Map.of("key_alias", Names.fresh())))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }
}
