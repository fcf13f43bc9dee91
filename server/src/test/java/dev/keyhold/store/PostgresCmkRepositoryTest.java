package dev.keyhold.store;

import java.nio.file.Path;

class PostgresCmkRepositoryTest extends CmkRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
