package dev.keyhold.store;

import java.nio.file.Path;

class SqliteKeystoreRepositoryTest extends KeystoreRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
