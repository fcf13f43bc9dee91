package dev.keyhold.store;

import java.nio.file.Path;

class PostgresChangeFeedTest extends ChangeFeedContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
