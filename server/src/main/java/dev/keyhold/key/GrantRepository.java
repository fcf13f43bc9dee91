package dev.keyhold.key;

import java.util.List;
import java.util.Optional;

/// Where grants are kept. Each call takes part in the transaction around it or makes one of its
/// own; see [CmkRepository].
public interface GrantRepository {
  Optional<StoredGrant> find(String id);

  /// Sees to it that until the end of the transaction around this nobody else who holds the key
  /// changes its grants: for a change that depends on a look at them. What was read before this may
  /// be out of date.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key
  void hold(ProjectId project, KeyId key);

  /// @param most how many grants a key may have, this one included
  /// @param mostOfGrantee how many of them may be for the same grantee
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key,
  ///   `KMS.2404`, `KMS.2405`
  void insert(StoredGrant grant, int most, int mostOfGrantee);

  /// @return false when it is gone
  boolean delete(String id);

  /// All grants on a key for a grantee.
  List<StoredGrant> held(KeyId key, Grantee grantee);

  /// The grants on a key, the oldest first.
  List<StoredGrant> page(KeyId key, long offset, int limit);

  long count(KeyId key);

  /// The grants that a user may retire ([Grant#mayBeRetiredBy]), the oldest first.
  List<StoredGrant> retirable(String user, String domain, long offset, int limit);

  long countRetirable(String user, String domain);

  /// The largest number of grants that a key of the project has.
  long mostOnOneKey(ProjectId project);
}
