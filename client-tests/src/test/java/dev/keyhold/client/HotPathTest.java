package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.store.TestPostgres;
import org.junit.jupiter.api.Test;

/// What a call whose key is in memory asks of the database: nothing.
class HotPathTest {
  private static final int CALLS = 2_000;

  @Test
  void callsWithAKeyInMemorySendTheDatabaseNothing() throws Exception {
    TestPostgres postgres = TestPostgres.shared();
    String url = postgres.newDatabase();
    try (var server =
        ServerProcess.onNewFolder().with("store.url", url).with("store.user", TestPostgres.USER)) {
      server.start();
      Kms kms = Kms.of(server.tenant());
      String key = kms.newKey();
      String sealed = kms.encrypt(key, Deks.EXAMPLE).getCipherText();
      settle();

      long before = transactions(postgres, url);
      for (int i = 0; i < CALLS / 2; i++) {
        kms.encrypt(key, Deks.EXAMPLE);
        kms.decrypt(key, sealed);
      }
      settle();
      long during = transactions(postgres, url) - before;

      // The change feed and housekeeping are some ten a second, however much there is to do.
      assertThat(during).isLessThan(CALLS / 2);

      before = transactions(postgres, url);
      for (int i = 0; i < CALLS / 2; i++) {
        kms.describe(key); // to see that such calls would be counted
      }
      settle();
      assertThat(transactions(postgres, url) - before).isGreaterThanOrEqualTo(CALLS / 2);
    }
  }

  /// A session tells its statistics a second after a transaction at the latest.
  private static void settle() throws InterruptedException {
    Thread.sleep(1_500);
  }

  private static long transactions(TestPostgres postgres, String url) {
    return Long.parseLong(
        postgres.value(
            url,
            "SELECT xact_commit + xact_rollback FROM pg_stat_database"
                + " WHERE datname = current_database()"));
  }
}
