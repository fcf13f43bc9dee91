package dev.keyhold.iam;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.Blocking;
import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Access keys in memory with their secrets unwrapped: what request signatures are checked against.
/// A secret is wiped when its key was not used for an hour, is pushed out or is invalidated.
///
/// Whoever changes an access key calls [#invalidate] after the change is durable; from then on the
/// old state is gone here.
public final class AccessKeys {
  private static final Duration IDLE = Duration.ofHours(1);

  private final IamRepository repository;
  private final AccessKeySecrets secrets;
  private final FollowedCache<AccessKeyId, Entry> cache;

  /// Of a store that no other process has.
  public AccessKeys(IamRepository repository, AccessKeySecrets secrets) {
    this(repository, secrets, Freshness.unshared());
  }

  public AccessKeys(IamRepository repository, AccessKeySecrets secrets, Freshness freshness) {
    this.repository = repository;
    this.secrets = secrets;
    this.cache =
        FollowedCache.of(
            Caffeine.newBuilder()
                .maximumSize(CacheShare.ACCESS_KEYS.entries())
                .expireAfterAccess(IDLE)
                .executor(Runnable::run)
                .removalListener(AccessKeys::forget),
            freshness,
            Entry::release);
  }

  /// Lends an enabled access key's secret to `use`, which must neither keep nor change it. May call
  /// [Blocking#ahead].
  ///
  /// @return what `use` returned with the key; empty when there is no such key or it is disabled
  <R> Optional<Used<R>> use(AccessKeyId id, Function<byte[], R> use) {
    while (true) {
      Optional<Entry> found = entry(id);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      Entry entry = found.get();
      if (entry.hold()) {
        try {
          return Optional.of(new Used<>(entry.key, entry.secret.lend(use)));
        } finally {
          entry.release();
        }
      } // else it was removed between the two steps
    }
  }

  /// @param key whose secret was used
  record Used<R>(AccessKey key, R result) {}

  public void invalidate(AccessKeyId id) {
    cache.forget(id);
  }

  public void invalidateAll() {
    cache.forgetAll();
  }

  private static void forget(@Nullable AccessKeyId id, @Nullable Entry entry, RemovalCause cause) {
    if (entry != null) {
      entry.release();
    }
  }

  private Optional<Entry> entry(AccessKeyId id) {
    Optional<Entry> cached = cache.find(id);
    if (cached.isPresent()) {
      return cached;
    }
    Blocking.ahead();
    return cache.load(id, this::load);
  }

  private Optional<Entry> load(AccessKeyId id) {
    return repository
        .accessKey(id)
        .filter(AccessKey::enabled)
        .map(key -> new Entry(key, secrets.unwrap(key)));
  }

  /// A secret that is wiped when the cache and the last user have let go of it.
  private static final class Entry {
    final AccessKey key;
    final KeyMaterial secret;
    private final AtomicInteger holds = new AtomicInteger(1); // the cache's own

    Entry(AccessKey key, KeyMaterial secret) {
      this.key = key;
      this.secret = secret;
    }

    /// @return false when the secret is wiped
    boolean hold() {
      int seen = holds.get();
      while (seen > 0) {
        if (holds.compareAndSet(seen, seen + 1)) {
          return true;
        }
        seen = holds.get();
      }
      return false;
    }

    void release() {
      if (holds.decrementAndGet() == 0) {
        secret.close();
      }
    }
  }
}
