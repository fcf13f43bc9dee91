package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// As [SqliteQueryPlanTest]. PostgreSQL walks through small tables whatever indexes there are, so
/// it is told not to where it can: what it walks through then has no index that would do.
class PostgresQueryPlanTest {
  private static final String SCANNED =
      "SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname)"
          + " FROM pg_stat_user_tables WHERE seq_scan > 0 AND (relname LIKE 'cmk%'"
          + " OR relname IN ('key_count', 'project_keys', 'change_feed', 'keystore', 'kek'))";

  @Test
  void noStatementWalksThroughATable() {
    TestPostgres postgres = TestPostgres.shared();
    try (var store = new PostgresStore()) {
      String database = store.url().substring(store.url().lastIndexOf('/') + 1);
      postgres.sql(store.url(), "ALTER DATABASE " + database + " SET enable_seqscan = off");
      store.reopen();
      // Of making the schema: an index is made of the whole table.
      postgres.sql(store.url(), "SELECT pg_stat_reset()");

      EveryQuery.of(store.database());

      store.reopen(); // statistics of a session are told when it ends
      assertThat(postgres.value(store.url(), SCANNED)).isNull();
    }
  }
}
