package dev.keyhold.store;

import java.nio.file.Path;

class PostgresCmkSelectionTest extends CmkSelectionContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
