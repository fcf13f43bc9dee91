package dev.keyhold.keyring;

import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import java.nio.file.Path;

/// A keyring on a real store, for tests of what uses keys.
public final class TestKeyring implements AutoCloseable {
  private final TestVault store;
  private final Keyring keyring;

  public TestKeyring(Path folder) {
    this.store = new TestVault(folder);
    this.keyring = new Keyring(store.vault, () -> TestVault.NOW, 100);
  }

  /// Whose keys these are.
  public ProjectId project() {
    return store.project;
  }

  /// A new key, to be closed.
  public OpenKey create(KeySpec spec) {
    return keyring.open(store.project, store.create(spec).id(), Use.WRAP);
  }

  @Override
  public void close() {
    keyring.close();
    store.close();
  }
}
