package dev.keyhold.store;

import java.nio.file.Path;

class PostgresIamRepositoryTest extends IamRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
