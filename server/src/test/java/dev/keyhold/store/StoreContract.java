package dev.keyhold.store;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// An empty store for each test of a contract.
abstract class StoreContract {
  @TempDir Path folder;
  private TestStore store;

  abstract TestStore open(Path folder);

  @BeforeEach
  void openStore() {
    store = open(folder);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  final TestStore store() {
    return store;
  }

  final Database transactions() {
    return store.database();
  }
}
