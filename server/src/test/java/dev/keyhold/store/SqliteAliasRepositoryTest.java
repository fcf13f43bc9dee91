package dev.keyhold.store;

import java.nio.file.Path;

class SqliteAliasRepositoryTest extends AliasRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
