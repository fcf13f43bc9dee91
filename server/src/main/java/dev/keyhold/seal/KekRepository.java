package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import java.util.Optional;

/// Where wrapped KEKs and the seal's check value are kept.
public interface KekRepository {
  /// @param version from 1
  /// @param wrapped as the [Seal] returned it
  record StoredKek(String scope, int version, Bytes wrapped) {}

  /// The KEK of `scope` with the highest version.
  Optional<StoredKek> newest(String scope);

  Optional<StoredKek> find(String scope, int version);

  /// Stores a KEK unless that scope and version exist.
  ///
  /// @return what is stored then, `kek` or the one that was there before
  StoredKek insertIfAbsent(StoredKek kek);
}
