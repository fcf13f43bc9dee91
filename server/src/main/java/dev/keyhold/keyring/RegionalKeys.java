package dev.keyhold.keyring;

import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Multi-region keys at rest: their material leaves to be sealed for another region, and comes from
/// there. A change is durable, and in force on this node, when its call returns.
public final class RegionalKeys {
  /// In one message.
  public static final int MOST_VERSIONS = 500;

  private final CmkVault vault;
  private final Keyring keyring;

  public RegionalKeys(CmkVault vault, Keyring keyring) {
    this.vault = vault;
    this.keyring = keyring;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`
  public Cmk load(ProjectId project, KeyId key) {
    return vault.load(project, key);
  }

  public Optional<Cmk> find(ProjectId project, KeyId key) {
    return vault.find(project, key);
  }

  /// See [CmkVault#change]; `step` makes another revision in any case.
  public Cmk change(Cmk cmk, UnaryOperator<Cmk> step) {
    Cmk changed = vault.change(cmk.project(), cmk.id(), step);
    keyring.invalidate(cmk.id());
    return changed;
  }

  /// The versions of a key's material from `first` on, at most [#MOST_VERSIONS], each to be closed.
  public List<RegionalMaterial> export(Cmk cmk, int first) {
    return vault.versions(cmk).stream()
        .filter(it -> it.version() >= first && it.version() <= cmk.newestVersion())
        .limit(MOST_VERSIONS)
        .map(it -> export(cmk, it))
        .toList();
  }

  private RegionalMaterial export(Cmk cmk, MaterialVersion version) {
    try (Material material =
        vault
            .material(cmk, version.version())
            .orElseThrow(() -> new IntegrityException(cmk.id(), "its material is missing"))) {
      return new RegionalMaterial(version.version(), version.createdAt(), material.encode());
    }
  }

  /// Stores a new replica. The materials stay the caller's.
  ///
  /// @param within runs in the same transaction
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected as [CmkVault#create]
  public void create(Cmk replica, List<RegionalMaterial> materials, int quota, Runnable within) {
    vault.create(replica, wrapped(replica, materials), quota, within);
  }

  /// Stores those of the versions that the key does not use yet, and the key as `step` has it. The
  /// materials stay the caller's.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, or what `step` refuses
  public Cmk receive(
      ProjectId project, KeyId id, List<RegionalMaterial> materials, UnaryOperator<Cmk> step) {
    Cmk received =
        vault.changeMaterial(
            project,
            id,
            cmk -> {
              // One that is stored and not in use may be a leftover of this region's own.
              var missing =
                  materials.stream().filter(it -> it.version() > cmk.currentVersion()).toList();
              return new MaterialChange.Received(step.apply(cmk), wrapped(cmk, missing));
            });
    keyring.invalidate(id);
    return received;
  }

  /// The version up to which a key has all of its material; -1 for none.
  public int newestWithoutGap(Cmk cmk) {
    int newest = -1;
    for (MaterialVersion version : vault.versions(cmk)) {
      if (version.version() != newest + 1) {
        break;
      }
      newest++;
    }
    return newest;
  }

  /// Calls `work` with every key of which other regions have yet to learn something.
  public void forEachWithWork(Consumer<Cmk> work) {
    Optional<KeyId> after = Optional.empty();
    List<StoredCmk> page;
    do {
      page = vault.regionWork(after, MOST_VERSIONS);
      page.stream().filter(vault::isIntactForHousekeeping).map(StoredCmk::cmk).forEach(work);
      after = page.isEmpty() ? after : Optional.of(page.getLast().cmk().id());
    } while (page.size() == MOST_VERSIONS);
  }

  private List<StoredMaterial> wrapped(Cmk cmk, List<RegionalMaterial> materials) {
    return materials.stream().map(it -> wrapped(cmk, it)).toList();
  }

  private StoredMaterial wrapped(Cmk cmk, RegionalMaterial given) {
    KeySpec spec = cmk.spec();
    if (!spec.family().isKeyPair() && given.encoded().length() != spec.materialBytes()) {
      throw new IllegalArgumentException("material of a wrong length was sent");
    }
    try (Material material = Material.decode(spec, given.encoded())) {
      return vault.wrapped(cmk, given.version(), material, given.createdAt());
    }
  }
}
