package dev.keyhold.key;

import java.util.List;
import java.util.Optional;

/// Where aliases are kept. Each call takes part in the transaction around it or makes one of its
/// own; see [CmkRepository].
public interface AliasRepository {
  Optional<StoredAlias> find(DomainId domain, AliasName name);

  /// @param most how many aliases a key may have, this one included
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key,
  ///   `KMS.1104` when the alias is taken in the domain, `KMS.0308` when the key has `most`
  void insert(StoredAlias alias, int most);

  /// Stores an alias that points to another key than before.
  ///
  /// @param before as it was read
  /// @return false when it is gone, or another one by now; nothing is stored then
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key,
  ///   `KMS.0308` when the key has `most` others
  boolean replace(StoredAlias before, StoredAlias alias, int most);

  /// @return false when the key has no such alias
  boolean delete(KeyId key, AliasName name);

  /// The aliases of a project, or of one of its keys, in the order of their bytes. A row that does
  /// not parse is reported and left out.
  ///
  /// @param after the alias before the first one; empty to begin
  List<StoredAlias> page(ProjectId project, Optional<KeyId> key, String after, int limit);
}
