package dev.keyhold.keyring;

import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsError;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredGrant;
import dev.keyhold.key.Transactions;
import dev.keyhold.seal.Keks;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Grants, and who may make, revoke and retire them. A change is durable, and in force here, when
/// its call returns.
///
/// Whoever is neither in the key's project nor a party to a grant on it gets the answer that an
/// unknown key gets.
public final class GrantVault {
  private static final int ID_BYTES = 32;
  private static final int MOST_OF_GRANTEE = 50;

  private final GrantRepository repository;
  private final GrantCache cache;
  private final GrantMac mac;
  private final CmkVault cmks;
  private final Transactions transactions;

  /// Who asks.
  ///
  /// @param project the one they act in, which is theirs
  public record Party(ProjectId project, String user, String domain) {
    List<Grantee> grantees() {
      return List.of(
          new Grantee(Grantee.Type.USER, user), new Grantee(Grantee.Type.DOMAIN, domain));
    }
  }

  /// A grant to be made.
  ///
  /// @param name empty for none
  /// @param retiring empty for none
  public record Wish(
      KeyId key, String name, Grantee grantee, Set<GrantOperation> operations, String retiring) {
    public Wish {
      operations = Set.copyOf(operations);
    }
  }

  public record Page(List<Grant> grants, long total) {
    public Page {
      grants = List.copyOf(grants);
    }
  }

  GrantVault(
      GrantRepository repository,
      GrantCache cache,
      GrantMac mac,
      CmkVault cmks,
      Transactions transactions) {
    this.repository = repository;
    this.cache = cache;
    this.mac = mac;
    this.cmks = cmks;
    this.transactions = transactions;
  }

  /// Of a store that no other process has.
  public static GrantVault of(
      GrantRepository repository, CmkVault cmks, Transactions transactions, Keks keks) {
    return of(repository, cmks, transactions, keks, Freshness.unshared());
  }

  public static GrantVault of(
      GrantRepository repository,
      CmkVault cmks,
      Transactions transactions,
      Keks keks,
      Freshness freshness) {
    var mac = new GrantMac(keks);
    var cache = new GrantCache(repository, mac, freshness);
    return new GrantVault(repository, cache, mac, cmks, transactions);
  }

  /// Forgets which grants a grantee holds on a key. To be called after they changed elsewhere.
  public void invalidate(KeyId key, Grantee grantee) {
    cache.forget(key, grantee);
  }

  /// Forgets who holds grants on a key.
  public void invalidate(KeyId key) {
    cache.forget(key);
  }

  public void invalidateAll() {
    cache.forgetAll();
  }

  /// The project of a key on which `party` was granted `operation`. May call
  /// [dev.keyhold.error.Blocking#ahead]; what it found is remembered.
  public Optional<ProjectId> projectGranting(Party party, KeyId key, GrantOperation operation) {
    for (Grantee grantee : party.grantees()) {
      GrantCache.Held held = cache.get(key, grantee);
      if (held.project().isPresent() && held.operations().contains(operation)) {
        return held.project();
      }
    }
    return Optional.empty();
  }

  /// Makes a grant: for the key's project, or for a grantee who was granted to, and then nothing
  /// that they were not granted themselves.
  ///
  /// @param most how many grants a key may have
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, by the key `KMS.0209`, `KMS.0210`,
  ///   `KMS.0211`, `KMS.1301`, `KMS.0306` when it is wider than what `party` holds, `KMS.2404`,
  ///   `KMS.2405`
  public Grant create(Party party, Wish wish, Instant now, int most) {
    String id = Hex.lowerText(Random.bytes(ID_BYTES));
    Grant made =
        transactions.write(() -> {
          Cmk cmk = grantable(party, wish);
          cmk.requireCustom();
          cmk.requireUsable();
          var grant =
              new Grant(
                  id,
                  wish.key(),
                  cmk.project(),
                  wish.name(),
                  wish.grantee(),
                  wish.operations(),
                  party.user(),
                  wish.retiring(),
                  now);
          repository.insert(mac.sign(grant), most, MOST_OF_GRANTEE);
          return grant;
        });
    cache.forget(made.key(), made.grantee());
    return made;
  }

  private Cmk grantable(Party party, Wish wish) {
    Optional<Cmk> own = cmks.find(party.project(), wish.key());
    if (own.isPresent()) {
      return own.get();
    }
    List<Grant> seen = held(party, wish.key());
    if (seen.isEmpty()) {
      throw KmsError.KEY_NOT_FOUND.rejected();
    }
    // Looked at again once nobody can take them back meanwhile. Who holds nothing, holds nobody up.
    repository.hold(seen.getFirst().project(), wish.key());
    List<Grant> held = held(party, wish.key());
    Set<GrantOperation> operations = EnumSet.noneOf(GrantOperation.class);
    held.forEach(grant -> operations.addAll(grant.operations()));
    if (!operations.contains(GrantOperation.CREATE_GRANT)) {
      throw KmsError.KEY_NOT_FOUND.rejected();
    }
    if (!operations.containsAll(wish.operations())) {
      throw KmsError.KEY_ACCESS_DENIED.rejected(
          "operations must be among those that were granted to you.");
    }
    return cmks.load(held.getFirst().project(), wish.key());
  }

  private List<Grant> held(Party party, KeyId key) {
    return party.grantees().stream()
        .flatMap(grantee -> repository.held(key, grantee).stream())
        .map(mac::checked)
        .toList();
  }

  /// Takes a grant back, for the key's project.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, `KMS.0211`, `KMS.2501`, `KMS.2502`
  public void revoke(Party party, KeyId key, String id) {
    Grant revoked =
        transactions.write(() -> {
          cmks.load(party.project(), key).requireCustom();
          repository.hold(party.project(), key);
          Grant grant = ofKey(party.project(), key, find(id));
          repository.delete(id);
          return grant;
        });
    cache.forget(revoked.key(), revoked.grantee());
  }

  /// Gives a grant up, for those of [Grant#mayBeRetiredBy].
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected as [#revoke], or `KMS.0306` for others in the
  ///   key's project
  public void retire(Party party, KeyId key, String id) {
    Grant retired =
        transactions.write(() -> {
          Optional<Grant> found = find(id);
          if (found
              .filter(grant -> grant.key().equals(key))
              .filter(grant -> grant.mayBeRetiredBy(party.user(), party.domain()))
              .isEmpty()) {
            throw refusedRetirement(party, key, found);
          }
          repository.hold(found.get().project(), key);
          repository.delete(id);
          return found.get();
        });
    cache.forget(retired.key(), retired.grantee());
  }

  private RuntimeException refusedRetirement(Party party, KeyId key, Optional<Grant> found) {
    cmks.load(party.project(), key).requireCustom(); // nobody else learns more
    ofKey(party.project(), key, found);
    return KmsError.KEY_ACCESS_DENIED.rejected(
        "A grant is retired by its issuer, its retiring principal, or a grantee with"
            + " retire-grant.");
  }

  private static Grant ofKey(ProjectId project, KeyId key, Optional<Grant> found) {
    Grant grant =
        found
            .filter(any -> any.project().equals(project))
            .orElseThrow(KmsError.GRANT_NOT_FOUND::rejected);
    if (!grant.key().equals(key)) {
      throw KmsError.GRANT_KEY_MISMATCH.rejected();
    }
    return grant;
  }

  private Optional<Grant> find(String id) {
    return repository.find(id).map(mac::checked);
  }

  /// The grants on a key, the oldest first.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when it is not of the project
  public Page page(ProjectId project, KeyId key, long offset, int limit) {
    return transactions.read(() -> {
      cmks.load(project, key);
      return new Page(checked(repository.page(key, offset, limit)), repository.count(key));
    });
  }

  /// The grants, on any key, that `party` may retire, the oldest first.
  public Page retirable(Party party, long offset, int limit) {
    return transactions.read(() ->
        new Page(
            checked(repository.retirable(party.user(), party.domain(), offset, limit)),
            repository.countRetirable(party.user(), party.domain())));
  }

  public long mostOnOneKey(ProjectId project) {
    return repository.mostOnOneKey(project);
  }

  private List<Grant> checked(List<StoredGrant> stored) {
    return Listed.sound(stored, mac::checked);
  }
}
