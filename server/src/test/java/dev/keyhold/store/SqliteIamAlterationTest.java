package dev.keyhold.store;

import java.nio.file.Path;

class SqliteIamAlterationTest extends IamAlterationContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
