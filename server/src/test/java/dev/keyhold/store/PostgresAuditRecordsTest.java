package dev.keyhold.store;

import java.nio.file.Path;

class PostgresAuditRecordsTest extends AuditRecordsContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
