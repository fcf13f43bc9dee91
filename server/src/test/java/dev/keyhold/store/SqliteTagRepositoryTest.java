package dev.keyhold.store;

import java.nio.file.Path;

class SqliteTagRepositoryTest extends TagRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
