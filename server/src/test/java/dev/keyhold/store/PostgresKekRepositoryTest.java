package dev.keyhold.store;

import java.nio.file.Path;

class PostgresKekRepositoryTest extends KekRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
