package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.key.Transactions;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.RowIdentity;
import dev.keyhold.seal.SealException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys at rest: what goes into the store is wrapped and has a MAC, what comes out was checked.
public final class CmkVault {
  private static final Logger log = LoggerFactory.getLogger(CmkVault.class);
  private static final int ATTEMPTS = 16;

  private final CmkRepository repository;
  private final Transactions transactions;
  private final Keks keks;
  private final RowMac rowMac;

  public CmkVault(CmkRepository repository, Transactions transactions, Keks keks) {
    this.repository = repository;
    this.transactions = transactions;
    this.keks = keks;
    this.rowMac = new RowMac(keks);
  }

  /// Stores a new key with its first material; durable when this returns. `material` stays the
  /// caller's.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1104`, `KMS.1105`
  public void create(Cmk cmk, Material material, int quota) {
    // Wrapped before the transaction: the writer should wait for no arithmetic.
    var identity = identity(cmk, cmk.currentVersion());
    Bytes wrapped;
    try (KeyMaterial encoded = material.encode()) {
      wrapped = keks.wrap(new KekScope.OfProject(cmk.project()), identity, encoded);
    }
    var first = new StoredMaterial(cmk.id(), cmk.currentVersion(), wrapped, cmk.createdAt());
    StoredCmk signed = rowMac.sign(cmk);
    transactions.write(() -> {
      repository.insert(signed, Optional.of(first), quota);
      return signed;
    });
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key
  /// @throws IntegrityException when the row was altered
  public Cmk load(ProjectId project, KeyId key) {
    return find(project, key).orElseThrow(KmsError.KEY_NOT_FOUND::rejected);
  }

  public Optional<Cmk> find(ProjectId project, KeyId key) {
    return repository.find(project, key).map(this::checked);
  }

  Optional<Cmk> findDefault(ProjectId project, KeyName name) {
    return repository.findDefault(project, name).map(this::checked);
  }

  /// Applies a lifecycle step to the key as it is stored now; durable when this returns.
  ///
  /// @return the key after the step
  /// @throws dev.keyhold.error.KmsException.Rejected what `step` throws, or `KMS.0207`
  public Cmk change(ProjectId project, KeyId key, UnaryOperator<Cmk> step) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Cmk> changed = transactions.write(() -> tryChange(project, key, step));
      if (changed.isPresent()) {
        return changed.get();
      }
    }
    throw KmsError.SERVICE_UNAVAILABLE.rejected("The key is being changed by others; try again.");
  }

  private Optional<Cmk> tryChange(ProjectId project, KeyId key, UnaryOperator<Cmk> step) {
    Cmk next = step.apply(load(project, key));
    return repository.replace(rowMac.sign(next)) ? Optional.of(next) : Optional.empty();
  }

  /// The material of one version, unwrapped; empty when there is none of that version.
  ///
  /// @throws IntegrityException when it does not open under the identity of its row
  Optional<Material> material(Cmk cmk, int version) {
    return repository.material(cmk.id(), version).map(stored -> unwrap(cmk, stored));
  }

  public List<Cmk> page(ProjectId project, KeyFilter filter, long offset, int limit) {
    return repository.page(project, filter, offset, limit).stream().map(this::checked).toList();
  }

  public long count(ProjectId project, KeyFilter filter) {
    return repository.count(project, filter);
  }

  public long countCustom(ProjectId project) {
    return repository.countCustom(project);
  }

  /// Destroys keys whose waiting time has passed, with their material.
  ///
  /// @return the ids of the keys that are gone; fewer than `limit` when no more were due
  List<KeyId> destroyDue(Instant now, int limit) {
    return repository.deletionDue(now, limit).stream()
        .filter(this::isIntactForDestruction)
        .map(StoredCmk::cmk)
        .filter(cmk -> repository.destroy(cmk.id(), cmk.revision()))
        .map(Cmk::id)
        .toList();
  }

  // Destruction can't be undone, so an edited date must not bring it about.
  private boolean isIntactForDestruction(StoredCmk stored) {
    if (!rowMac.isIntact(stored)) {
      log.error("key {} is not destroyed: its row was altered", stored.cmk().id());
      return false;
    }
    return true;
  }

  Cmk checked(StoredCmk stored) {
    if (!rowMac.isIntact(stored)) {
      var altered = new IntegrityException(stored.cmk().id(), "the MAC of its row does not match");
      log.error("{}", altered.getMessage());
      throw altered;
    }
    return stored.cmk();
  }

  private Material unwrap(Cmk cmk, StoredMaterial stored) {
    var scope = new KekScope.OfProject(cmk.project());
    var identity = identity(cmk, stored.version());
    try (KeyMaterial encoded = keks.unwrap(scope, identity, stored.wrapped())) {
      return Material.decode(cmk.spec(), encoded);
    } catch (SealException e) {
      var altered =
          new IntegrityException(
              cmk.id(), "material version " + stored.version() + " does not open");
      altered.initCause(e);
      log.error("{}", altered.getMessage());
      throw altered;
    }
  }

  private static RowIdentity identity(Cmk cmk, int version) {
    return new RowIdentity(
        "cmk_material",
        cmk.id().text(),
        List.of(Integer.toString(version), cmk.spec().name(), cmk.project().text()));
  }
}
