package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.Soak.Turn;
import dev.keyhold.store.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes on one PostgreSQL, which is restarted and frozen, and cut off from one of them.
@Tag(Chaos.TAG)
class PostgresSoakTest {
  private static final Duration NEWS = Duration.ofSeconds(20);

  @TempDir private Path work;

  @Test
  void nothingGrowsOnTwoNodesWhoseDatabaseFails() throws Exception {
    int rounds = Chaos.rounds(1);
    try (var row =
            ChaosReport.of(
                    "F25 soak, PostgreSQL",
                    "two nodes, a fault every 12 s: database restarted, frozen, cut off from one"
                        + " node; slow clients")
                .rounds(rounds);
        var postgres = TestPostgres.start(Chaos.measures());
        var relay = TcpRelay.to(postgres.port());
        var cluster =
            Cluster.on(postgres, 2)
                .with("store.timeout", "2s")
                .with("store.connections", "10")
                .with("staleness.max", "2s")
                .with("limits.head-time", "2s")) {
      cluster
          .node(1)
          .with(
              "store.url",
              cluster.url().replace(":" + postgres.port() + "/", ":" + relay.port() + "/"));
      var soak = new Soak(cluster.nodes(), work);
      cluster.start();
      List<Http> http = cluster.callers();
      String key =
          Http.patiently(
                  () -> http.getFirst().kms("create-key", Map.of("key_alias", Names.fresh())))
              .ok()
              .json()
              .at("/key_info/key_id")
              .asText();
      Http.once("KMS.1301", () -> http.getFirst().kms("disable-key", Map.of("key_id", key)));
      soak.run(
          rounds,
          http,
          List.of(
              new Turn(
                  "the database is restarted",
                  true,
                  () -> {
                    postgres.stop();
                    postgres.start();
                  }),
              new Turn("a node is cut off", true, () -> cutOff(http, key, relay::cut, relay)),
              Turn.slowClients(
                  "slow heads", cluster.node(0), "GET /health/live HTTP/1.1\r\nX-Slow: "),
              Turn.fault(
                  "the database is frozen",
                  () -> postgres.signal("STOP"),
                  () -> postgres.signal("CONT")),
              new Turn(
                  "a node hears nothing of the database",
                  true,
                  () -> cutOff(http, key, relay::freeze, relay))),
          row);
      cluster.nodes().forEach(node -> assertThat(node.stop()).isZero());
      row.passed();
    }
  }

  /// What one node forbids, the other one, which can't hear of it, refuses soon enough.
  ///
  /// @param key that is disabled, as it is afterwards
  private static void cutOff(List<Http> nodes, String key, Runnable fault, TcpRelay relay) {
    Http whole = nodes.getFirst();
    Http cut = nodes.getLast();
    Map<String, String> body = Map.of("key_id", key);
    Http.once("KMS.1201", () -> whole.kms("enable-key", body));
    long began = System.nanoTime();
    while (cut.kms("create-datakey", body).status() != 200) {
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(NEWS);
    }
    fault.run();
    try {
      Http.once("KMS.1301", () -> whole.kms("disable-key", body));
      long disabled = System.nanoTime();
      Http.Answer answer;
      do {
        answer = cut.kms("create-datakey", body);
        assertThat(Duration.ofNanos(System.nanoTime() - disabled))
            .describedAs("how long a disabled key is served")
            .isLessThan(Lag.CAP);
      } while (answer.status() == 200);
      assertThat(answer.status()).describedAs(answer.body()).isEqualTo(503);
    } finally {
      relay.heal();
    }
  }
}
