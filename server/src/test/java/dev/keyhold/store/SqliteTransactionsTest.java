package dev.keyhold.store;

import java.nio.file.Path;

class SqliteTransactionsTest extends TransactionsContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }
}
