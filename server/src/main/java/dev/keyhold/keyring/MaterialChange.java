package dev.keyhold.keyring;

import dev.keyhold.key.Cmk;
import dev.keyhold.key.StoredMaterial;
import java.util.List;

/// A step of a key's life that changes its material too: both are stored, or neither.
sealed interface MaterialChange {
  Cmk next();

  /// The key has one more version, or again the one it had.
  record Added(Cmk next, StoredMaterial material) implements MaterialChange {}

  /// The key has several more versions, and none above `kept` but these.
  ///
  /// @param kept [#ALL] to keep what there is
  record Received(Cmk next, List<StoredMaterial> materials, int kept) implements MaterialChange {
    static final int ALL = Integer.MAX_VALUE;
  }

  /// The key has lost what its imported material lacks now.
  record Erased(Cmk next) implements MaterialChange {}

  /// The key turns to another version that it has already.
  record None(Cmk next) implements MaterialChange {}
}
