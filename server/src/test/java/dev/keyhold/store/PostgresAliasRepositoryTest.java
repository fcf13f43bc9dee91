package dev.keyhold.store;

import java.nio.file.Path;

class PostgresAliasRepositoryTest extends AliasRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
