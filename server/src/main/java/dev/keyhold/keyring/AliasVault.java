package dev.keyhold.keyring;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.Alias;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.AliasRepository;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredAlias;
import dev.keyhold.key.Transactions;
import dev.keyhold.seal.Keks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Aliases: what goes into the store has a MAC, what comes out was checked, and what an alias
/// stands for is remembered. A change is durable, and in force here, when its call returns.
public final class AliasVault {
  public static final int MOST_PER_KEY = 50;

  private static final int ATTEMPTS = 24;

  private final AliasRepository repository;
  private final CmkVault cmks;
  private final Transactions transactions;
  private final AliasMac mac;
  private final FollowedCache<Slot, KeyId> resolved;

  private record Slot(DomainId domain, AliasName name) {}

  /// Of a store that no other process has.
  public AliasVault(
      AliasRepository repository, CmkVault cmks, Transactions transactions, Keks keks) {
    this(repository, cmks, transactions, keks, Freshness.unshared());
  }

  public AliasVault(
      AliasRepository repository,
      CmkVault cmks,
      Transactions transactions,
      Keks keks,
      Freshness freshness) {
    this.repository = repository;
    this.cmks = cmks;
    this.transactions = transactions;
    this.mac = new AliasMac(keks);
    this.resolved =
        FollowedCache.of(
            Caffeine.newBuilder().maximumSize(CacheShare.ALIASES.entries()), freshness);
  }

  /// The key that an alias of a domain stands for. May call [Blocking#ahead]; an unknown alias is
  /// not remembered.
  public Optional<KeyId> resolve(DomainId domain, AliasName name) {
    var slot = new Slot(domain, name);
    Optional<KeyId> known = resolved.find(slot);
    if (known.isPresent()) {
      return known;
    }
    Blocking.ahead();
    return resolved.load(slot, this::load);
  }

  private Optional<KeyId> load(Slot slot) {
    return repository.find(slot.domain(), slot.name()).map(stored -> mac.checked(stored).key());
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, `KMS.0210`, `KMS.0211` by the key,
  ///   `KMS.1104` when the alias is taken, `KMS.0308` when the key has too many
  public Alias create(ProjectId project, KeyId key, AliasName name, Instant now) {
    Alias created =
        transactions.write(() -> {
          Cmk cmk = nameable(project, key);
          var alias = new Alias(cmk.domain(), name, project, key, now, now);
          repository.insert(mac.sign(alias), MOST_PER_KEY);
          return alias;
        });
    forget(created.domain(), name);
    return created;
  }

  /// Moves an alias to another key of its project.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such alias,
  ///   or as [#create]
  public Alias associate(
      DomainId domain, ProjectId project, AliasName name, KeyId target, Instant now) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Alias> moved =
          transactions.write(() -> tryAssociate(domain, project, name, target, now));
      if (moved.isPresent()) {
        forget(domain, name);
        return moved.get();
      }
    }
    throw KmsError.SERVICE_UNAVAILABLE.rejected("The alias is being changed by others; try again.");
  }

  /// @return empty when it has become another one since it was read
  private Optional<Alias> tryAssociate(
      DomainId domain, ProjectId project, AliasName name, KeyId target, Instant now) {
    StoredAlias stored = repository.find(domain, name).orElseThrow(() -> unknown(name));
    Alias alias = mac.checked(stored);
    if (!alias.project().equals(project)) {
      throw unknown(name);
    }
    nameable(project, target);
    Alias next = alias.associated(target, now);
    return repository.replace(stored, mac.sign(next), MOST_PER_KEY)
        ? Optional.of(next)
        : Optional.empty();
  }

  /// Deletes aliases of one key: all of them or, when it lacks one, none.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key,
  ///   or the key no such alias
  public void delete(ProjectId project, KeyId key, List<AliasName> names) {
    DomainId domain =
        transactions.write(() -> {
          Cmk cmk = cmks.load(project, key);
          for (AliasName name : names) {
            if (!repository.delete(key, name)) {
              throw unknown(name);
            }
          }
          return cmk.domain();
        });
    names.forEach(name -> forget(domain, name));
  }

  /// See [AliasRepository#page]; aliases that were altered are left out, and reported.
  public List<Alias> page(ProjectId project, Optional<KeyId> key, String after, int limit) {
    var sound = new ArrayList<Alias>();
    String from = after;
    List<StoredAlias> rows;
    do {
      rows = repository.page(project, key, from, limit - sound.size());
      sound.addAll(Listed.sound(rows, mac::checked));
      from = rows.isEmpty() ? from : rows.getLast().alias().name().text();
    } while (!rows.isEmpty() && sound.size() < limit); // a short page would look like the last one
    return List.copyOf(sound);
  }

  private Cmk nameable(ProjectId project, KeyId key) {
    Cmk cmk = cmks.load(project, key);
    cmk.requireCustom();
    cmk.requireNotPendingDeletion();
    return cmk;
  }

  private void forget(DomainId domain, AliasName name) {
    resolved.forget(new Slot(domain, name));
  }

  /// Forgets what an alias stands for. To be called after it changed elsewhere.
  public void invalidate(DomainId domain, AliasName name) {
    forget(domain, name);
  }

  /// Forgets which aliases stand for a key.
  public void invalidate(KeyId key) {
    resolved.forgetIf(key::equals);
  }

  public void invalidateAll() {
    resolved.forgetAll();
  }

  private static RuntimeException unknown(AliasName name) {
    return KmsError.KEY_NOT_FOUND.rejected("There is no such alias: " + name + ".");
  }
}
