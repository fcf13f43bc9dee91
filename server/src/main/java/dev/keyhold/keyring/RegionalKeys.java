package dev.keyhold.keyring;

import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Multi-region keys at rest: their material leaves to be sealed for another region, and comes from
/// there. A change is durable, and in force on this node, when its call returns.
public final class RegionalKeys {
  /// In one message.
  public static final int MOST_VERSIONS = 500;

  private static final int ALL = MaterialChange.Received.ALL;

  private final CmkVault vault;
  private final Keyring keyring;
  private final GrantVault grants;
  private final AliasVault aliases;

  public RegionalKeys(CmkVault vault, Keyring keyring, GrantVault grants, AliasVault aliases) {
    this.vault = vault;
    this.keyring = keyring;
    this.grants = grants;
    this.aliases = aliases;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`
  public Cmk load(ProjectId project, KeyId key) {
    return vault.load(project, key);
  }

  public Optional<Cmk> find(ProjectId project, KeyId key) {
    return vault.find(project, key);
  }

  /// See [CmkVault#change]; `step` makes another revision in any case. A key that is no primary any
  /// more loses the material that it has not used.
  public Cmk change(Cmk cmk, UnaryOperator<Cmk> step) {
    return changed(
        cmk.project(),
        cmk.id(),
        now -> {
          Cmk next = step.apply(now);
          return new MaterialChange.Received(next, List.of(), kept(now, next));
        });
  }

  private Cmk changed(ProjectId project, KeyId id, Function<Cmk, MaterialChange> step) {
    Cmk changed = vault.changeMaterial(project, id, step);
    keyring.invalidate(id);
    return changed;
  }

  /// What this region made for itself and never used must not be taken for what its primary sends
  /// under the same number.
  private static int kept(Cmk now, Cmk next) {
    return !isReplica(now) && isReplica(next) ? now.currentVersion() : ALL;
  }

  private static boolean isReplica(Cmk cmk) {
    return cmk.regions().filter(it -> it.role() == Regions.Role.REPLICA).isPresent();
  }

  /// The versions of a key's material from `first` on, at most [#MOST_VERSIONS], each to be closed.
  public List<RegionalMaterial> export(Cmk cmk, int first) {
    var exported = new ArrayList<RegionalMaterial>();
    try {
      vault.versions(cmk).stream()
          .filter(it -> it.version() >= first && it.version() <= cmk.newestVersion())
          .limit(MOST_VERSIONS)
          .forEach(it -> exported.add(export(cmk, it)));
      return List.copyOf(exported);
    } catch (RuntimeException failure) {
      exported.forEach(RegionalMaterial::close);
      throw failure;
    }
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
    // Of one that was here before and is destroyed: the store has none of them any more.
    grants.invalidate(replica.id());
    aliases.invalidate(replica.id());
    vault.create(replica, wrapped(replica, materials), quota, within);
  }

  /// Stores those of the versions that the key does not use yet, and the key as `step` has it. The
  /// materials stay the caller's.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, or what `step` refuses
  public Cmk receive(
      ProjectId project, KeyId id, List<RegionalMaterial> materials, UnaryOperator<Cmk> step) {
    return changed(
        project,
        id,
        cmk -> {
          Cmk next = step.apply(cmk);
          // One that is stored and not in use may be a leftover.
          var missing =
              materials.stream().filter(it -> it.version() > cmk.currentVersion()).toList();
          return new MaterialChange.Received(next, wrapped(cmk, missing), kept(cmk, next));
        });
  }

  /// The version up to which a key has all of its material, as far as it may be the primary's; -1
  /// for none.
  public int newestWithoutGap(Cmk cmk) {
    if (!isReplica(cmk)) {
      return cmk.currentVersion();
    }
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
      page = vault.due().withRegionWork(after, MOST_VERSIONS);
      page.stream().filter(vault.due()::isIntact).map(StoredCmk::cmk).forEach(work);
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
