package dev.keyhold.store;

import java.nio.file.Path;

class PostgresGrantRepositoryTest extends GrantRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
