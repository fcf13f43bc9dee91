package dev.keyhold.store;

import java.nio.file.Path;
import java.util.List;

final class SharedSqliteChangeFeedTest extends ChangeFeedContract {
  @Override
  TestStore open(Path folder) {
    var store = new SqliteStore(folder.resolve("data"));
    return new TestStore() {
      @Override
      public Database database() {
        return new SharedSqlite(store.database(), "node");
      }

      @Override
      public List<String> columns(String table) {
        return store.columns(table);
      }

      @Override
      public void reopen() {
        store.reopen();
      }

      @Override
      public void close() {
        store.close();
      }
    };
  }
}
