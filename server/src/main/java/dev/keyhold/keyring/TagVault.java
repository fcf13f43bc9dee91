package dev.keyhold.keyring;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.Tag;
import dev.keyhold.key.TagFilter;
import dev.keyhold.key.TagRepository;
import dev.keyhold.key.Transactions;
import java.util.List;

/// Tags of keys. They have no MAC: nothing is decided by them. The keys that a search finds are
/// checked like any others.
public final class TagVault {
  public static final int MOST_PER_KEY = 20;

  private final TagRepository repository;
  private final CmkVault cmks;
  private final Transactions transactions;

  /// A key and its tags.
  public record Tagged(Cmk cmk, List<Tag> tags) {
    public Tagged {
      tags = List.copyOf(tags);
    }
  }

  public record Page(List<Tagged> keys, long total) {
    public Page {
      keys = List.copyOf(keys);
    }
  }

  public TagVault(TagRepository repository, CmkVault cmks, Transactions transactions) {
    this.repository = repository;
    this.cmks = cmks;
    this.transactions = transactions;
  }

  /// Gives a key tags, all or none; one with an equal key is replaced.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, `KMS.0211`, `KMS.0409`
  public void put(ProjectId project, KeyId key, List<Tag> tags) {
    transactions.write(() -> {
      cmks.load(project, key).requireCustom();
      repository.put(project, key, tags, MOST_PER_KEY);
      return key;
    });
  }

  /// Takes away those of the named tags that the key has.
  ///
  /// @return how many
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, `KMS.0211`
  public int delete(ProjectId project, KeyId key, List<String> tagKeys) {
    return transactions.write(() -> {
      cmks.load(project, key).requireCustom();
      return (int) tagKeys.stream().filter(tagKey -> repository.delete(key, tagKey)).count();
    });
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0416` when the key has no such tag, and
  ///   as [#delete(ProjectId, KeyId, List)]
  public void delete(ProjectId project, KeyId key, String tagKey) {
    if (delete(project, key, List.of(tagKey)) == 0) {
      throw KmsError.TAG_NOT_FOUND.rejected();
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`
  public List<Tag> of(ProjectId project, KeyId key) {
    return transactions.read(() -> {
      cmks.load(project, key);
      return repository.of(key);
    });
  }

  /// See [TagRepository#all].
  public List<Tag> all(ProjectId project) {
    return repository.all(project);
  }

  public long count(ProjectId project, TagFilter filter) {
    return repository.count(project, filter);
  }

  public Page search(ProjectId project, TagFilter filter, long offset, int limit) {
    return transactions.read(() -> {
      List<StoredCmk> found = repository.search(project, filter, offset, limit);
      return new Page(
          Listed.sound(found, cmks::checked).stream()
              .map(cmk -> new Tagged(cmk, repository.of(cmk.id())))
              .toList(),
          repository.count(project, filter));
    });
  }
}
