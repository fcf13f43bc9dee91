package dev.keyhold.store;

import java.nio.file.Path;

class PostgresTagRepositoryTest extends TagRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
