package dev.keyhold.store;

import java.nio.file.Path;

class SqliteKekRepositoryTest extends KekRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
