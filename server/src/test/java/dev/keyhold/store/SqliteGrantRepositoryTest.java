package dev.keyhold.store;

import java.nio.file.Path;

class SqliteGrantRepositoryTest extends GrantRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
