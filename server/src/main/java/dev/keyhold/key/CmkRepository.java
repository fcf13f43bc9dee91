package dev.keyhold.key;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where CMKs are kept. Each call takes part in the transaction around it ([Transactions#write]) or
/// makes one of its own. An acknowledged change is durable.
public interface CmkRepository {
  Optional<StoredCmk> find(ProjectId project, KeyId key);

  /// The default key of that name, for example `obs/default`.
  Optional<StoredCmk> findDefault(ProjectId project, KeyName name);

  Optional<StoredMaterial> material(KeyId key, int version);

  /// Stores a new key with its first material.
  ///
  /// @param quota how many custom keys the project may have, this one included
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1104` when the name is taken in the
  ///   domain, `KMS.1105` when the quota is reached
  void insert(StoredCmk key, Optional<StoredMaterial> material, int quota);

  /// Stores the next revision of a key, if its stored revision is the one before.
  ///
  /// @return false when somebody else was faster, or the key is gone
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1104` when the name is taken in the
  ///   domain
  boolean replace(StoredCmk next);

  /// Stores a version of a key's material, in the place of the same version that was erased, if it
  /// was. To be called in the transaction that replaces the key.
  void putMaterial(StoredMaterial material);

  /// Overwrites a version of a key's material where it lies. To be called in the transaction that
  /// replaces the key.
  void eraseMaterial(KeyId key, int version);

  /// Which versions of a key's material there are, from the oldest.
  List<MaterialVersion> versions(KeyId key);

  /// Enabled keys whose automatic rotation is due at `now` and not under way, the longest overdue
  /// first, at most `limit`.
  List<StoredCmk> rotationDue(Instant now, int limit);

  /// Keys whose imported material has expired at `now`, the longest overdue first, at most `limit`.
  List<StoredCmk> materialExpired(Instant now, int limit);

  /// Multi-region keys of which other regions have yet to learn something, in order of their ids,
  /// at most `limit`.
  ///
  /// @param after where to go on
  List<StoredCmk> regionWork(Optional<KeyId> after, int limit);

  /// The keys in order of creation, `offset` skipped, at most `limit`.
  List<StoredCmk> page(ProjectId project, KeyFilter filter, long offset, int limit);

  long count(ProjectId project, KeyFilter filter);

  /// How many custom keys the project has, in any state.
  long countCustom(ProjectId project);

  /// Keys whose deletion is due at `now`, the longest overdue first, at most `limit`.
  List<StoredCmk> deletionDue(Instant now, int limit);

  /// Removes a key that is still pending deletion at `revision`, with its aliases, tags and grants
  /// and all its material, and overwrites where that lay.
  ///
  /// @return false when the key has changed since
  boolean destroy(KeyId key, long revision);
}
