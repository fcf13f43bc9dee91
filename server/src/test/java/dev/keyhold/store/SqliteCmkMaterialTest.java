package dev.keyhold.store;

import java.nio.file.Path;

class SqliteCmkMaterialTest extends CmkMaterialContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
