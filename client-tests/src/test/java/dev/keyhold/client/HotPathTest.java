package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What a call whose key is in memory asks of the database: nothing.
class HotPathTest {
  private static final int CALLS = 600;

  /// A second.
  private static final int OF_HOUSEKEEPING = 15;

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
      long before = transactionsOf(server, postgres, url);

      long began = System.nanoTime();
      server.start();
      kms = Kms.of(server.tenant());
      for (int i = 0; i < CALLS / 2; i++) {
        kms.encrypt(key, Deks.EXAMPLE);
        kms.decrypt(key, sealed);
      }
      long during = transactionsOf(server, postgres, url) - before;

      // A start is some dozens, the change feed and housekeeping some thirteen a second, however
      // much there is to do. One a call would be double of the first, and those.
      long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds() + 1;
      assertThat(during).isLessThan(CALLS / 2 + OF_HOUSEKEEPING * seconds);

      before += during;
      server.start();
      kms = Kms.of(server.tenant());
      for (int i = 0; i < CALLS / 2; i++) {
        kms.describe(key); // to see that such calls would be counted
      }
      assertThat(transactionsOf(server, postgres, url) - before).isGreaterThanOrEqualTo(CALLS / 2);
    }
  }

  /// All that the server has sent until now, which is stopped for it: a session that goes on tells
  /// its statistics up to ten seconds late, one that has ended has told them.
  private static long transactionsOf(ServerProcess server, TestPostgres postgres, String url)
      throws Exception {
    server.stop();
    long sessions = sessions(postgres, url);
    for (int i = 0; i < 600 && sessions > 0; i++) {
      Thread.sleep(50);
      sessions = sessions(postgres, url);
    }
    assertThat(sessions).isZero();
    return transactions(postgres, url);
  }

  private static long sessions(TestPostgres postgres, String url) {
    return number(
        postgres,
        url,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
  }

  private static long transactions(TestPostgres postgres, String url) {
    return number(
        postgres,
        url,
        "SELECT xact_commit + xact_rollback FROM pg_stat_database"
            + " WHERE datname = current_database()");
  }

  private static long number(TestPostgres postgres, String url, String query) {
    return Long.parseLong(postgres.value(url, query));
  }
}
