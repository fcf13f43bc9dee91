package dev.keyhold.store;

import java.nio.file.Path;

class SqliteCmkSelectionTest extends CmkSelectionContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
