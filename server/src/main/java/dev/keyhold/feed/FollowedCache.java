package dev.keyhold.feed;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.KmsException.Unavailable;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/// What was read from the store, in memory: used while this node is fresh ([Freshness]), forgotten
/// when it changes, on whichever node.
///
/// What a load read before a change does not outlive it: whoever calls [#forget] or [#forgetAll]
/// after the change was committed finds no older state here afterwards. For that a load must read
/// what is committed when it runs: never inside a transaction, whose snapshot may be older.
///
/// Nobody waits for a load but those who want what it loads. It runs outside of the map, under a
/// ticket; forgetting takes the ticket away, and a load that has lost its ticket is not kept but
/// done again. So neither the thread that follows the change feed nor an event loop ever waits for
/// a database or an HSM here.
public final class FollowedCache<K, V> {
  private final Cache<K, V> cache;
  private final Freshness freshness;
  private final Consumer<V> discard;
  private final ConcurrentHashMap<K, Ticket<V>> loading = new ConcurrentHashMap<>();

  private FollowedCache(Cache<K, V> cache, Freshness freshness, Consumer<V> discard) {
    this.cache = cache;
    this.freshness = freshness;
    this.discard = discard;
  }

  public static <K, V> FollowedCache<K, V> of(
      Caffeine<? super K, ? super V> bounds, Freshness freshness) {
    return of(bounds, freshness, _ -> {});
  }

  /// @param discard takes what was loaded and is not kept, since it was forgotten meanwhile; the
  ///   removal listener of `bounds` takes what was kept
  public static <K, V> FollowedCache<K, V> of(
      Caffeine<? super K, ? super V> bounds, Freshness freshness, Consumer<V> discard) {
    return new FollowedCache<>(bounds.build(), freshness, discard);
  }

  /// What is in memory.
  ///
  /// @throws Unavailable when this node is not fresh
  public Optional<V> find(K key) {
    freshness.require();
    return Optional.ofNullable(cache.getIfPresent(key));
  }

  /// What is in memory, or else what `load` reads, which is kept if there is anything. Of those who
  /// ask for one entry at a time one loads it and the others wait; when it fails, or finds nothing,
  /// each of them tries for himself.
  ///
  /// @throws Unavailable when this node is not fresh
  public Optional<V> load(K key, Function<K, Optional<V>> load) {
    while (true) {
      freshness.require();
      V known = cache.getIfPresent(key);
      if (known != null) {
        return Optional.of(known);
      }
      var mine = new Ticket<V>();
      Ticket<V> other = loading.putIfAbsent(key, mine);
      Outcome<V> outcome = other == null ? run(key, mine, load) : other.await();
      switch (outcome) {
        case Kept<V>(V value) -> {
          return Optional.of(value);
        }
        case Nothing<V> _ when other == null -> {
          return Optional.empty();
        }
        case Nothing<V> _, Forgotten<V> _ -> {}
      }
    }
  }

  private Outcome<V> run(K key, Ticket<V> ticket, Function<K, Optional<V>> load) {
    Outcome<V> outcome = new Nothing<>(); // also what those who wait learn of a failure
    try {
      V kept = cache.getIfPresent(key); // by a load that ended while this one got its ticket
      if (kept != null) {
        outcome = new Kept<>(kept);
        return outcome;
      }
      V loaded = load.apply(key).orElse(null);
      if (loaded != null) {
        outcome = keep(key, ticket, loaded) ? new Kept<>(loaded) : new Forgotten<>();
        if (outcome instanceof Forgotten<V>) {
          discard.accept(loaded);
        }
      }
      return outcome;
    } finally {
      loading.remove(key, ticket);
      ticket.end(outcome);
    }
  }

  /// Whoever forgets takes the ticket first and then what is in memory: one of the two ends this.
  private boolean keep(K key, Ticket<V> ticket, V loaded) {
    loading.computeIfPresent(
        key,
        (_, holder) -> {
          if (holder == ticket) {
            cache.put(key, loaded);
            ticket.used = true;
          }
          return holder;
        });
    return ticket.used;
  }

  /// Removes an entry, and sees to it that a load of it which is under way is not kept.
  public void forget(K key) {
    loading.remove(key);
    cache.asMap().remove(key);
  }

  /// Removes an entry, unless it is another one by now.
  public void forget(K key, V value) {
    cache.asMap().remove(key, value);
  }

  /// Removes what is so. No load that is under way is kept.
  public void forgetIf(Predicate<V> condition) {
    loading.clear();
    cache.asMap().values().removeIf(condition);
  }

  /// Removes the entries of some keys, and sees to it that no load of one is kept.
  public void forgetKeysIf(Predicate<K> condition) {
    loading.keySet().removeIf(condition);
    cache.asMap().keySet().removeIf(condition);
  }

  /// Removes everything. No load that is under way is kept.
  public void forgetAll() {
    loading.clear();
    cache.invalidateAll();
    cache.cleanUp();
  }

  /// What became of a load.
  private sealed interface Outcome<V> {}

  private record Kept<V>(V value) implements Outcome<V> {}

  private record Nothing<V>() implements Outcome<V> {}

  private record Forgotten<V>() implements Outcome<V> {}

  /// The right to keep what is loaded.
  private static final class Ticket<V> {
    private final CompletableFuture<Outcome<V>> outcome = new CompletableFuture<>();
    private boolean used; // of the thread that loads

    void end(Outcome<V> result) {
      outcome.complete(result);
    }

    Outcome<V> await() {
      return outcome.join();
    }
  }
}
