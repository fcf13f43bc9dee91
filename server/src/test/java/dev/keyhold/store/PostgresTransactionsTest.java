package dev.keyhold.store;

import java.nio.file.Path;

class PostgresTransactionsTest extends TransactionsContract {
  @Override
  TestStore open(Path folder) {
    return PostgresStore.reused();
  }
}
