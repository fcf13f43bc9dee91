package dev.keyhold.store;

import java.nio.file.Path;

class SqliteIamRepositoryTest extends IamRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
