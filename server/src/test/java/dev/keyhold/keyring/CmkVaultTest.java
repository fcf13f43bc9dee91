package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CmkVaultTest {
  @TempDir Path folder;

  @Test
  void changeThatOthersAreAlwaysAheadOfComesThrough() {
    try (var store = new TestVault(folder)) {
      Cmk key = store.create(KeySpec.AES_256);

      Cmk changed = describedBeside(store, key, 20);

      assertThat(changed.description()).isEqualTo("mine");
      assertThat(store.vault.load(store.project, key.id())).isEqualTo(changed);
    }
  }

  @Test
  void changeThatNeverComesThroughIsRefusedAndChangesNothing() {
    try (var store = new TestVault(folder)) {
      Cmk key = store.create(KeySpec.AES_256);

      assertThatThrownBy(() -> describedBeside(store, key, Integer.MAX_VALUE))
          .isInstanceOf(KmsException.class)
          .hasMessageContaining("being changed by others");
      assertThat(store.vault.load(store.project, key.id()).description()).startsWith("theirs");
    }
  }

  /// Somebody else changes the key each time this step has read it, `losses` times.
  private static Cmk describedBeside(TestVault store, Cmk key, int losses) {
    var others = new AtomicInteger();
    return store.vault.changeMaterial(
        store.project,
        key.id(),
        read -> {
          int other = others.getAndIncrement();
          if (other < losses) {
            store.vault.change(store.project, key.id(), now -> now.described("theirs " + other));
          }
          return new MaterialChange.None(read.described("mine"));
        });
  }
}
