package dev.keyhold.key;

import java.util.List;
import java.util.Optional;

/// Where dedicated keystores are kept. Each call takes part in the transaction around it or makes
/// one of its own; see [CmkRepository].
public interface KeystoreRepository {
  Optional<StoredKeystore> find(KeystoreId id);

  /// @throws dev.keyhold.error.KmsException.Rejected as [#insert] would now
  void requireRoom(DomainId domain, AliasName name, int most);

  /// @param most how many keystores a domain may have
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0318` when the domain has one of that
  ///   name, `KMS.0308` when it has `most`
  void insert(StoredKeystore keystore, int most);

  /// Stores whether it is enabled.
  ///
  /// @return false when it is gone
  boolean replace(StoredKeystore keystore);

  /// Holds a keystore until the transaction around this ends: it can't be deleted meanwhile.
  ///
  /// @return false when there is none
  boolean hold(KeystoreId id);

  /// Deletes a keystore that has no keys.
  ///
  /// @return false when it has keys, or is gone
  boolean deleteEmpty(KeystoreId id);

  /// The keystores of a domain, from the oldest.
  List<StoredKeystore> page(DomainId domain, long offset, int limit);

  long count(DomainId domain);
}
