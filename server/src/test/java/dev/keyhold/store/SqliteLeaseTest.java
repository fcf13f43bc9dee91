package dev.keyhold.store;

import java.nio.file.Path;

class SqliteLeaseTest extends LeaseContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
