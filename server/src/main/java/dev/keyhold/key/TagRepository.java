package dev.keyhold.key;

import java.util.List;

/// Where the tags of keys are kept. Each call takes part in the transaction around it or makes one
/// of its own; see [CmkRepository].
public interface TagRepository {
  /// Gives a key tags; one with an equal key is replaced.
  ///
  /// @param most how many tags a key may have
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key,
  ///   `KMS.0409` when it would have more than `most`
  void put(ProjectId project, KeyId key, List<Tag> tags, int most);

  /// @return false when the CMK has no tag of that key
  boolean delete(KeyId key, String tagKey);

  /// The tags of a key in the order of their keys.
  List<Tag> of(KeyId key);

  /// Every different tag of a project's keys, in order of key and value.
  List<Tag> all(ProjectId project);

  /// The keys in order of creation, `offset` skipped, at most `limit`.
  List<StoredCmk> search(ProjectId project, TagFilter filter, long offset, int limit);

  long count(ProjectId project, TagFilter filter);
}
