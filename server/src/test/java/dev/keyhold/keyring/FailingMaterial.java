package dev.keyhold.keyring;

import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A repository that does all but change material of some keys: it fails instead, as a full disk
/// would.
record FailingMaterial(CmkRepository repository, Predicate<KeyId> fails) implements CmkRepository {
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public void putMaterial(StoredMaterial material) {
    refuse(material.key());
    repository.putMaterial(material);
  }

  private void refuse(KeyId key) {
    if (fails.test(key)) {
      throw new Failure();
    }
  }

  @Override
  public void eraseMaterial(KeyId key, int version) {
    refuse(key);
    repository.eraseMaterial(key, version);
  }

  @Override
  public Optional<StoredCmk> find(ProjectId project, KeyId key) {
    return repository.find(project, key);
  }

  @Override
  public Optional<StoredCmk> findDefault(ProjectId project, KeyName name) {
    return repository.findDefault(project, name);
  }

  @Override
  public Optional<StoredMaterial> material(KeyId key, int version) {
    return repository.material(key, version);
  }

  @Override
  public void insert(StoredCmk key, Optional<StoredMaterial> material, int quota) {
    repository.insert(key, material, quota);
  }

  @Override
  public boolean replace(StoredCmk next) {
    return repository.replace(next);
  }

  @Override
  public List<MaterialVersion> versions(KeyId key) {
    return repository.versions(key);
  }

  @Override
  public List<StoredCmk> regionWork(Optional<KeyId> after, int limit) {
    return repository.regionWork(after, limit);
  }

  @Override
  public List<StoredCmk> rotationDue(Instant now, int limit) {
    return repository.rotationDue(now, limit);
  }

  @Override
  public List<StoredCmk> materialExpired(Instant now, int limit) {
    return repository.materialExpired(now, limit);
  }

  @Override
  public List<StoredCmk> page(ProjectId project, KeyFilter filter, long offset, int limit) {
    return repository.page(project, filter, offset, limit);
  }

  @Override
  public long count(ProjectId project, KeyFilter filter) {
    return repository.count(project, filter);
  }

  @Override
  public long countCustom(ProjectId project) {
    return repository.countCustom(project);
  }

  @Override
  public List<StoredCmk> deletionDue(Instant now, int limit) {
    return repository.deletionDue(now, limit);
  }

  @Override
  public boolean destroy(KeyId key, long revision) {
    return repository.destroy(key, revision);
  }
}
