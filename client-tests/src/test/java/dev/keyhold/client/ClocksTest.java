package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Nodes whose clocks are apart, and one database whose clock is right.
@Tag(Chaos.TAG)
class ClocksTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F10 clocks apart",
          "nodes whose clocks are 8 days ahead and an hour behind, on one database");

  private static final Duration WAITING_TIME = Duration.ofDays(7);
  private static final int LOOKS = 3;

  @Test
  void wrongClockOfANodeDestroysNoKeyEarlyAndOpensNothing() {
    try (var cluster = Cluster.on(TestPostgres.shared(), 2)) {
      cluster.node(0).with("dev.clock-offset", "P8D"); // the first to do the housekeeping
      cluster.node(1).with("dev.clock-offset", "-PT1H");
      cluster.start();
      Http ahead = Http.loggedIn(cluster.tenant(0));
      Http behind = Http.loggedIn(cluster.tenant(1));
      Instant now = Instant.now().minusSeconds(1); // what is stored has no microseconds

      for (Http scheduling : List.of(ahead, behind)) {
        String key = newKey(behind);
        scheduling.kms("schedule-key-deletion", Map.of("key_id", key, "pending_days", "7")).ok();
        var details =
            behind.kms("describe-key", Map.of("key_id", key)).ok().json().path("key_info");
        assertThat(Instant.ofEpochMilli(details.path("scheduled_deletion_date").asLong()))
            .isAfterOrEqualTo(now.plus(WAITING_TIME));
      }

      String key = newKey(behind);
      behind.kms("schedule-key-deletion", Map.of("key_id", key, "pending_days", "7")).ok();
      awaitHousekeeping(cluster, LOOKS);
      assertThat(
              behind
                  .kms("describe-key", Map.of("key_id", key))
                  .ok()
                  .json()
                  .at("/key_info/key_state")
                  .asText())
          .isEqualTo(KeyModel.PENDING_DELETION);

      String used = newKey(ahead);
      behind.kms("create-datakey", Map.of("key_id", used)).ok();
      ahead.kms("disable-key", Map.of("key_id", used)).ok();
      while (behind.kms("create-datakey", Map.of("key_id", used)).status() == 200) {
        // the news needs no clocks to agree, but a moment
      }
      assertThat(behind.kms("create-datakey", Map.of("key_id", used)).code()).isEqualTo("KMS.0209");

      // Issued in the future, says the node that is behind.
      assertThat(behind.with("X-Auth-Token", Login.token(cluster.tenant(0))).kms("list-keys", "{}"))
          .extracting(Http.Answer::status)
          .isEqualTo(401);
      Refusal.refused(401, "APIGW.0301", () -> Kms.of(cluster.tenant(0)).instances());
      Refusal.refused(401, "APIGW.0301", () -> Kms.of(cluster.tenant(1)).instances());
      assertThat(cluster.node(0).output()).contains("s ahead of the database's");
      assertThat(cluster.node(1).output()).contains("s behind the database's");
      ROW.figure(
          LOOKS
              + " turns of housekeeping 8 days ahead, nothing destroyed; tokens of the future and"
              + " signatures of another hour refused");
    }
  }

  /// So many looks of the node whose turn it is.
  private static void awaitHousekeeping(Cluster cluster, int looks) {
    String until = "SELECT until FROM lease WHERE name = 'housekeeping'";
    String seen = cluster.value(until);
    for (int i = 0; i < looks; ) {
      ServerProcess.pause(Duration.ofMillis(50));
      String next = cluster.value(until);
      if (!next.equals(seen)) {
        seen = next;
        i++;
      }
    }
  }

  private static String newKey(Http http) {
    return http.kms("create-key", Map.of("key_alias", Names.fresh()))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }
}
