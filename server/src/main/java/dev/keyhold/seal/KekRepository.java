package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import java.util.Optional;
import java.util.function.Consumer;

/// Where wrapped KEKs and the seal's check value are kept.
///
/// A KEK that was seen is kept in memory and used, so it must exist for good: reads see what is
/// committed alone, even inside a transaction.
public interface KekRepository {
  /// @param version from 1
  /// @param wrapped as the [Seal] returned it
  record StoredKek(String scope, int version, Bytes wrapped) {}

  /// The KEK of `scope` with the highest version.
  Optional<StoredKek> newest(String scope);

  Optional<StoredKek> find(String scope, int version);

  /// Whether this very KEK is stored, as the transaction around the call sees it.
  default boolean has(StoredKek kek) {
    return find(kek.scope(), kek.version()).filter(kek::equals).isPresent();
  }

  /// Whether nothing was ever wrapped under the root key.
  boolean isEmpty();

  /// Whether the caller is inside a transaction, where no KEK is made.
  default boolean inTransaction() {
    return false;
  }

  /// Stores a KEK unless that scope and version exist, in a transaction of its own: durable on
  /// return.
  ///
  /// @param guard looks at what that transaction sees, and throws to prevent it; the seal's check
  ///   value stays as it sees it until the KEK is stored
  /// @return what is stored then, `kek` or the one that was there before
  /// @throws IllegalStateException inside another transaction, which might yet be undone
  StoredKek insertIfAbsent(StoredKek kek, Consumer<KekRepository> guard);

  /// Likewise, whatever else is stored.
  default StoredKek insertIfAbsent(StoredKek kek) {
    return insertIfAbsent(kek, _ -> {});
  }
}
