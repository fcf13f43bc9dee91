package dev.keyhold.key;

import java.util.function.Supplier;

/// Runs several repository calls as one change: all of them or none, durable when [#write] returns.
public interface Transactions {
  /// Runs `work` in one transaction and commits it. An exception from `work` undoes everything and
  /// is thrown on. `work` may be run again after a conflict, so it must do nothing but call
  /// repositories.
  <T> T write(Supplier<T> work);

  /// Runs `work` on one consistent snapshot.
  <T> T read(Supplier<T> work);
}
