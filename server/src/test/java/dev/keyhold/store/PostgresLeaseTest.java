package dev.keyhold.store;

import java.nio.file.Path;

class PostgresLeaseTest extends LeaseContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
