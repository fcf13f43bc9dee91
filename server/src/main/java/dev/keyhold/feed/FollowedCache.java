package dev.keyhold.feed;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.KmsException.Unavailable;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Predicate;

/// What was read from the store, in memory: used while this node is fresh ([Freshness]), forgotten
/// when it changes, on whichever node.
///
/// A load and a forgetting of the same entry exclude each other, so that what a load read before a
/// change does not outlive it: whoever calls [#forget] or [#forgetAll] after the change was
/// committed finds no older state here afterwards. For that a load must read what is committed when
/// it runs: never inside a transaction, whose snapshot may be older.
public final class FollowedCache<K, V> {
  private final Cache<K, V> cache;
  private final Freshness freshness;

  // The cache itself lets an entry that is being loaded outlive the removal of all.
  private final ReadWriteLock emptying = new ReentrantReadWriteLock();

  private FollowedCache(Cache<K, V> cache, Freshness freshness) {
    this.cache = cache;
    this.freshness = freshness;
  }

  public static <K, V> FollowedCache<K, V> of(
      Caffeine<? super K, ? super V> bounds, Freshness freshness) {
    return new FollowedCache<>(bounds.build(), freshness);
  }

  /// What is in memory.
  ///
  /// @throws Unavailable when this node is not fresh
  public Optional<V> find(K key) {
    freshness.require();
    return Optional.ofNullable(cache.getIfPresent(key));
  }

  /// What is in memory, or else what `load` reads, which is kept if there is anything.
  ///
  /// @throws Unavailable when this node is not fresh
  public Optional<V> load(K key, Function<K, Optional<V>> load) {
    freshness.require();
    emptying.readLock().lock();
    try {
      return Optional.ofNullable(
          cache.asMap().computeIfAbsent(key, missing -> load.apply(missing).orElse(null)));
    } finally {
      emptying.readLock().unlock();
    }
  }

  /// Waits for a load of the same entry, and removes it.
  public void forget(K key) {
    cache.asMap().remove(key);
  }

  /// Likewise, unless the entry is another one by now.
  public void forget(K key, V value) {
    cache.asMap().remove(key, value);
  }

  /// Removes what is there and is so. What is being loaded comes after it.
  public void forgetIf(Predicate<V> condition) {
    cache.asMap().values().removeIf(condition);
  }

  /// Waits for all loads, and removes everything.
  public void forgetAll() {
    emptying.writeLock().lock();
    try {
      cache.invalidateAll();
      cache.cleanUp();
    } finally {
      emptying.writeLock().unlock();
    }
  }
}
