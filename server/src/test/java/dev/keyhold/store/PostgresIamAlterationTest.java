package dev.keyhold.store;

import java.nio.file.Path;

class PostgresIamAlterationTest extends IamAlterationContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
