package dev.keyhold.store;

import java.nio.file.Path;

class PostgresCmkMaterialTest extends CmkMaterialContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
