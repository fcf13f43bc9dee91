package dev.keyhold.iam;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.Blocking;
import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import java.util.Optional;

/// Users in memory, by id: what tokens and access keys are checked against on every call.
///
/// Whoever changes a user calls [#invalidate] after the change is durable; from then on the old
/// state is gone here.
public final class Users {
  private final IamRepository repository;
  private final FollowedCache<UserId, User> cache;

  /// Of a store that no other process has.
  public Users(IamRepository repository) {
    this(repository, Freshness.unshared());
  }

  public Users(IamRepository repository, Freshness freshness) {
    this.repository = repository;
    this.cache =
        FollowedCache.of(Caffeine.newBuilder().maximumSize(CacheShare.USERS.entries()), freshness);
  }

  /// May call [Blocking#ahead]. An unknown user is not remembered: ids come from signed tokens and
  /// from the store, so nobody can make us ask for many.
  Optional<User> find(UserId id) {
    Optional<User> cached = cache.find(id);
    if (cached.isPresent()) {
      return cached;
    }
    Blocking.ahead();
    return cache.load(id, repository::user);
  }

  /// Likewise, for somebody who knows that the user has been changed as often as `epoch` says: what
  /// is older here is read once more. Only signed tokens say so, so nobody can make us ask often.
  Optional<User> find(UserId id, long epoch) {
    Optional<User> known = find(id);
    if (known.isEmpty() || known.get().credentialEpoch() >= epoch) {
      return known;
    }
    Blocking.ahead();
    cache.forget(id);
    return find(id);
  }

  public void invalidate(UserId id) {
    cache.forget(id);
  }

  public void invalidateAll() {
    cache.forgetAll();
  }
}
