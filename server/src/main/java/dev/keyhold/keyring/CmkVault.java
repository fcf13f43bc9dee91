package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.MaterialVersion;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Keys at rest: what goes into the store is wrapped and has a MAC, what comes out was checked.
public final class CmkVault {
  private static final int ATTEMPTS = 24;
  private static final long MILLISECOND = 1_000_000; // in nanoseconds

  private final CmkRepository repository;
  private final Transactions transactions;
  private final Keks keks;
  private final CmkMac mac;
  private final Keystores keystores;
  private final ImportPrint prints;
  private final DueKeys due;

  public CmkVault(
      CmkRepository repository, Transactions transactions, Keks keks, Keystores keystores) {
    this.repository = repository;
    this.transactions = transactions;
    this.keks = keks;
    this.mac = new CmkMac(keks);
    this.keystores = keystores;
    this.prints = new ImportPrint(keks);
    this.due = new DueKeys(repository, mac);
  }

  /// Stores a new key with its first material; durable when this returns. `material` stays the
  /// caller's.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1104`, `KMS.1105`
  public void create(Cmk cmk, Material material, int quota) {
    // Wrapped before the transaction: the writer should wait for no arithmetic.
    create(cmk, List.of(wrapped(cmk, material, cmk.createdAt())), quota, () -> {});
  }

  /// Stores a new external key, whose material is yet to be imported.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected as [#create]
  public void createWithoutMaterial(Cmk cmk, int quota) {
    create(cmk, List.of(), quota, () -> {});
  }

  void create(Cmk cmk, List<StoredMaterial> materials, int quota, Runnable within) {
    keks.establish(new KekScope.OfProject(cmk.project()));
    transactions.write(() -> {
      cmk.dedicatedKeystore().ifPresent(id -> keystores.hold(cmk.domain(), id));
      StoredCmk signed = mac.sign(cmk);
      requireStored(cmk, materials);
      repository.insert(signed, materials.stream().findFirst(), quota);
      materials.stream().skip(1).forEach(repository::putMaterial);
      within.run();
      return signed;
    });
  }

  /// `material` as the newest version of `cmk`, to be stored with it. `material` stays the
  /// caller's.
  StoredMaterial wrapped(Cmk cmk, Material material, Instant now) {
    return wrapped(cmk, cmk.newestVersion(), material, now);
  }

  StoredMaterial wrapped(Cmk cmk, int version, Material material, Instant now) {
    RowIdentity identity = identity(cmk, version);
    try (KeyMaterial encoded = material.encode();
        KeyMaterial inner =
            cmk.dedicatedKeystore()
                .map(id -> keystores.wrap(cmk.domain(), id, identity, encoded))
                .orElse(encoded)) {
      Bytes wrapped = keks.wrap(new KekScope.OfProject(cmk.project()), identity, inner);
      return new StoredMaterial(cmk.id(), version, wrapped, now);
    }
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
      standBack(attempt);
    }
    throw contended();
  }

  /// Like [#change], for a step that changes the material too. `step` may be run several times, and
  /// runs outside of the transaction.
  Cmk changeMaterial(ProjectId project, KeyId key, Function<Cmk, MaterialChange> step) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      MaterialChange change = step.apply(load(project, key));
      if (store(change)) {
        return change.next();
      }
      standBack(attempt);
    }
    throw contended();
  }

  /// Stores a key and its material in one transaction.
  ///
  /// @return false when the key has changed since, or is gone; nothing is stored then
  boolean store(MaterialChange change) {
    return transactions.write(() -> {
      if (!repository.replace(mac.sign(change.next()))) {
        return false;
      }
      switch (change) {
        case MaterialChange.Added added -> {
          requireStored(added.next(), List.of(added.material()));
          repository.putMaterial(added.material());
        }
        case MaterialChange.Received received -> receive(received);
        case MaterialChange.Erased erased -> eraseAbsent(erased.next());
        case MaterialChange.None _ -> {}
      }
      return true;
    });
  }

  private void receive(MaterialChange.Received received) {
    if (received.kept() != MaterialChange.Received.ALL) {
      KeyId key = received.next().id();
      repository.versions(key).stream()
          .map(MaterialVersion::version)
          .filter(version -> version > received.kept())
          .forEach(version -> repository.eraseMaterial(key, version));
    }
    requireStored(received.next(), received.materials());
    received.materials().forEach(repository::putMaterial);
  }

  private void requireStored(Cmk cmk, List<StoredMaterial> materials) {
    keks.requireStored(
        new KekScope.OfProject(cmk.project()),
        materials.stream()
            .map(it -> new Keks.Wrapped(identity(cmk, it.version()), it.wrapped()))
            .toList());
  }

  private void eraseAbsent(Cmk cmk) {
    ImportedMaterial imported = cmk.imported().orElseThrow();
    for (MaterialVersion stored : repository.versions(cmk.id())) {
      if (!imported.has(stored.version())) {
        repository.eraseMaterial(cmk.id(), stored.version());
      }
    }
  }

  /// Others have changed the key meanwhile. Who goes on at once meets them again; at random, ever
  /// longer, all come through: 0.6 s for all attempts, as a rule.
  private static void standBack(int attempt) {
    long most = MILLISECOND << Math.min(attempt, 6);
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(most));
  }

  private static RuntimeException contended() {
    return KmsError.SERVICE_UNAVAILABLE.rejected("The key is being changed by others; try again.");
  }

  private Optional<Cmk> tryChange(ProjectId project, KeyId key, UnaryOperator<Cmk> step) {
    Cmk next = step.apply(load(project, key));
    return repository.replace(mac.sign(next)) ? Optional.of(next) : Optional.empty();
  }

  /// The material of one version, unwrapped; empty when there is none of that version.
  ///
  /// @throws IntegrityException when it does not open under the identity of its row, or is not what
  ///   was imported as that version
  Optional<Material> material(Cmk cmk, int version) {
    return repository.material(cmk.id(), version).map(stored -> unwrap(cmk, stored));
  }

  /// Likewise, by what the store says of the key now: `cmk` may be older than the version.
  Optional<Material> materialNow(Cmk cmk, int version) {
    record Now(Cmk cmk, StoredMaterial material) {}
    // Unwrapped after the look at one moment: within it, a keystore would be opened by what it was.
    return transactions
        .read(() ->
            find(cmk.project(), cmk.id())
                .flatMap(now ->
                    repository.material(now.id(), version).map(stored -> new Now(now, stored))))
        .map(now -> unwrap(now.cmk(), now.material()));
  }

  /// Which versions of its material a key has, from the oldest.
  public List<MaterialVersion> versions(Cmk cmk) {
    return repository.versions(cmk.id());
  }

  /// Keys in order of their age; those that were altered are left out, and reported.
  public List<Cmk> page(ProjectId project, KeyFilter filter, long offset, int limit) {
    return Listed.sound(repository.page(project, filter, offset, limit), this::checked);
  }

  public long count(ProjectId project, KeyFilter filter) {
    return repository.count(project, filter);
  }

  public long countCustom(ProjectId project) {
    return repository.countCustom(project);
  }

  /// What housekeeping has to look after.
  DueKeys due() {
    return due;
  }

  /// @throws IntegrityException when the row was altered
  Cmk checked(StoredCmk stored) {
    return mac.checked(stored);
  }

  private Material unwrap(Cmk cmk, StoredMaterial stored) {
    var scope = new KekScope.OfProject(cmk.project());
    var identity = identity(cmk, stored.version());
    try (KeyMaterial inner = keks.unwrap(scope, identity, stored.wrapped());
        KeyMaterial encoded =
            cmk.dedicatedKeystore()
                .map(id -> keystores.unwrap(cmk.domain(), id, identity, inner))
                .orElse(inner)) {
      // Of external keys a version may have been replaced before it was used, and its row put back.
      if (!prints.isOfVersion(cmk, stored.version(), encoded)) {
        throw new SealException("not the material that was imported");
      }
      return Material.decode(cmk.spec(), encoded);
    } catch (SealException e) {
      throw IntegrityException.reported(
          cmk.id(), "material version " + stored.version() + " does not open", e);
    }
  }

  /// Whether a key that is in memory may be served: one of a dedicated keystore goes with it.
  boolean serves(Cmk cmk) {
    return cmk.dedicatedKeystore().map(keystores::serves).orElse(true);
  }

  static RowIdentity identity(Cmk cmk, int version) {
    return new RowIdentity(
        "cmk_material",
        cmk.id().text(),
        List.of(Integer.toString(version), cmk.spec().name(), cmk.project().text()));
  }
}
