package dev.keyhold.store;

import java.nio.file.Path;

class SqliteAuditRecordsTest extends AuditRecordsContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
