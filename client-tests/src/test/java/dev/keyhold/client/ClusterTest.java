package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.store.TestPostgres;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Several launched nodes on one database.
class ClusterTest {
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
