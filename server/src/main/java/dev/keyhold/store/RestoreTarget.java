package dev.keyhold.store;

import dev.keyhold.seal.KekRepository;
import java.util.function.Consumer;

/// An empty store that takes the rows of a backup: all of them or none.
public interface RestoreTarget extends RowSink, AutoCloseable {
  /// Checks what was written, and makes it a store, durably.
  ///
  /// @param guard looks at its KEKs, and throws to prevent that
  void finish(Consumer<KekRepository> guard);

  /// @param schema of a backup
  /// @throws StoreException when this Keyhold does not know it
  static void requireKnown(int schema) {
    Migrations.requireKnown(schema);
  }

  /// Gives up what was not finished.
  @Override
  void close();
}
