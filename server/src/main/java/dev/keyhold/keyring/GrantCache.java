package dev.keyhold.keyring;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.Blocking;
import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What each grantee holds on each key, in memory. That somebody holds nothing is remembered too:
/// to a caller, a key of others and no key at all take the same time.
final class GrantCache {
  private final GrantRepository repository;
  private final GrantMac mac;
  private final FollowedCache<Slot, Held> cache;

  private record Slot(KeyId key, Grantee grantee) {}

  /// @param project the key's; empty when nothing is held
  record Held(Optional<ProjectId> project, Set<GrantOperation> operations) {
    private static final Held NOTHING = new Held(Optional.empty(), Set.of());

    static Held of(List<Grant> grants) {
      if (grants.isEmpty()) {
        return NOTHING;
      }
      Set<GrantOperation> operations = EnumSet.noneOf(GrantOperation.class);
      grants.forEach(grant -> operations.addAll(grant.operations()));
      return new Held(
          Optional.of(grants.getFirst().project()), Collections.unmodifiableSet(operations));
    }
  }

  GrantCache(GrantRepository repository, GrantMac mac, Freshness freshness) {
    this.repository = repository;
    this.mac = mac;
    this.cache =
        FollowedCache.of(Caffeine.newBuilder().maximumSize(CacheShare.GRANTS.entries()), freshness);
  }

  Held get(KeyId key, Grantee grantee) {
    var slot = new Slot(key, grantee);
    Optional<Held> known = cache.find(slot);
    if (known.isPresent()) {
      return known.get();
    }
    Blocking.ahead();
    return cache.load(slot, missing -> Optional.of(load(missing))).orElseThrow();
  }

  private Held load(Slot slot) {
    return Held.of(repository.held(slot.key(), slot.grantee()).stream().map(mac::checked).toList());
  }

  /// To be called once a grant was made or is gone.
  void forget(KeyId key, Grantee grantee) {
    cache.forget(new Slot(key, grantee));
  }

  void forget(KeyId key) {
    cache.forgetKeysIf(slot -> slot.key().equals(key));
  }

  void forgetAll() {
    cache.forgetAll();
  }
}
