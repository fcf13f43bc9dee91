package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// A database whose commits wait for a standby that never comes.
class PostgresReplicationTest {
  @Test
  void commitWhoseWaitForTheStandbyWasCancelledIsNotAcknowledged() throws Exception {
    try (var postgres = TestPostgres.start(false)) {
      String url = postgres.newDatabase();
      try (var database =
          PostgresDatabase.open(PostgresStore.settings(url, Duration.ofMinutes(1)), _ -> {})) {
        postgres.sql(url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        postgres.sql(url, "SELECT pg_reload_conf()");
        while (postgres.value(url, "SHOW synchronous_standby_names").isEmpty()) {
          Thread.onSpinWait();
        }
        var done = new AtomicBoolean();
        var operator =
            Thread.startVirtualThread(() -> {
              while (!done.get()) {
                postgres.sql(
                    url,
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                        + " WHERE wait_event = 'SyncRep'");
              }
            });
        assertThatThrownBy(() ->
                database.change(session -> {
                  FirstUse.claim(session); // any change will do
                  return true;
                }))
            .isInstanceOf(Unavailable.class)
            .cause()
            .hasMessageContaining("may not last");
        done.set(true);
        operator.join();
      }
    }
  }
}
