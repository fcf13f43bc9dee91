package dev.keyhold.store;

import java.nio.file.Path;

class PostgresKeystoreRepositoryTest extends KeystoreRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
