package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several launched nodes on one database.
///
/// `-Dkeyhold.chaos.rounds=100` for a long run, which also holds the promise of a second to account
/// and not the cap of five alone.
class ClusterTest {
  private static final int ROUNDS = Integer.getInteger("keyhold.chaos.rounds", 3);
  private static final boolean LONG = ROUNDS > 3;
  private static final Duration PROMISE = LONG ? Duration.ofSeconds(1) : Lag.CAP;
  private static final Duration AFTERMATH = Duration.ofMillis(LONG ? 300 : 50);

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
    try (var cluster =
        Cluster.on(postgres, 3).with("store.notify", Boolean.toString(notify)).start()) {
      var forbidding = new Forbidding(cluster);
      run(notify, "disable-key", forbidding::disabledKey, () -> {});
      run(notify, "schedule-key-deletion", forbidding::deletedKey, () -> {});
      run(notify, "revoke-grant", forbidding::revokedGrant, () -> {});
      run(
          notify,
          "access key disabled",
          forbidding::disabledAccessKey,
          forbidding::deleteDisabledAccessKeys);
      run(notify, "password changed", forbidding::changedPassword, () -> {});
    }
  }

  private static void run(
      boolean notify, String name, Supplier<Forbidding.Step> next, Runnable afterwards)
      throws InterruptedException {
    var lag = new Lag(AFTERMATH);
    for (int i = 0; i < ROUNDS; i++) {
      var step = next.get();
      lag.round(step.uses(), step.change());
      afterwards.run();
    }
    System.out.printf("%s, notify %s: last success elsewhere: %s%n", name, notify, lag);
    assertThat(lag.max()).describedAs("%s, notify %s", name, notify).isLessThan(PROMISE);
  }

  @Test
  void anyNodeServesEveryKeyAndToken() {
    try (var cluster = Cluster.on(postgres, 3).start()) {
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
}
