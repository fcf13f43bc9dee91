package dev.keyhold.iam;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.Blocking;
import java.util.Optional;

/// Users in memory, by id: what tokens and access keys are checked against on every call.
///
/// Whoever changes a user calls [#invalidate] after the change is durable; from then on the old
/// state is gone here.
public final class Users {
  private static final int MOST = 100_000;

  private final IamRepository repository;
  private final Cache<UserId, User> cache = Caffeine.newBuilder().maximumSize(MOST).build();

  public Users(IamRepository repository) {
    this.repository = repository;
  }

  /// May call [Blocking#ahead]. An unknown user is not remembered: ids come from signed tokens and
  /// from the store, so nobody can make us ask for many.
  Optional<User> find(UserId id) {
    User cached = cache.getIfPresent(id);
    if (cached != null) {
      return Optional.of(cached);
    }
    Blocking.ahead();
    // Atomic for the key: an invalidation during the load waits for it and then removes its result.
    return Optional.ofNullable(
        cache.asMap().computeIfAbsent(id, missing -> repository.user(missing).orElse(null)));
  }

  public void invalidate(UserId id) {
    cache.asMap().remove(id);
  }
}
