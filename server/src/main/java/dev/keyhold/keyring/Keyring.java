package dev.keyhold.keyring;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.keyhold.error.Blocking;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.ProjectId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The unwrapped keys of this process. A key that is here is served without I/O and without a lock.
///
/// A change to a key is followed by [#invalidate] before it is acknowledged. A load that read the
/// key before the change is not kept after it ([FollowedCache]).
public final class Keyring implements AutoCloseable {
  private static final Duration IDLE_LIFE = Duration.ofMinutes(30);
  private static final int DESTROY_BATCH = 100;

  private final CmkVault vault;
  private final InstantSource clock;
  private final FollowedCache<KeyId, OpenKey> open;

  /// Of a store that no other process has.
  public Keyring(CmkVault vault, InstantSource clock, int maxKeys) {
    this(vault, clock, maxKeys, Freshness.unshared());
  }

  /// @param clock says when a key's destruction is due; asked by housekeeping alone
  /// @param maxKeys how many keys are held at the most; the least recently used one leaves first
  public Keyring(CmkVault vault, InstantSource clock, int maxKeys, Freshness freshness) {
    this.vault = vault;
    this.clock = clock;
    this.open =
        FollowedCache.of(
            Caffeine.newBuilder()
                .maximumSize(maxKeys)
                .expireAfterAccess(IDLE_LIFE)
                .executor(Runnable::run) // so that a key which leaves is wiped at once
                .removalListener(Keyring::wipe),
            freshness,
            OpenKey::close);
  }

  /// Borrows a key for `use`. The one place that decides what the state and usage of a key permit.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key,
  ///   then by its state `KMS.0209`, `KMS.0210`, `KMS.1301`, then as [Use] has it
  /// @throws dev.keyhold.error.KmsException.Unavailable when this node does not know any more what
  ///   others have changed
  public OpenKey open(ProjectId project, KeyId id, Use use) {
    return permitted(borrow(project, id), use);
  }

  /// Likewise, if the key is in memory and the project's; empty says nothing about either.
  public Optional<OpenKey> openHeld(ProjectId project, KeyId id, Use use) {
    return held(project, open.find(id)).map(key -> permitted(key, use));
  }

  private static OpenKey permitted(OpenKey key, Use use) {
    try {
      key.cmk().requireUsable();
      use.require(key.cmk());
      return key;
    } catch (RuntimeException refused) {
      key.close();
      throw refused;
    }
  }

  /// Whether a key is in memory, of whatever project. Neither a promise nor a refusal: [#open]
  /// decides.
  public boolean holds(KeyId id) {
    return open.find(id).isPresent();
  }

  /// A key of the project, borrowed, of what was found in memory.
  private Optional<OpenKey> held(ProjectId project, Optional<OpenKey> found) {
    return found.filter(key -> isOf(project, key) && vault.serves(key.cmk()) && key.borrow());
  }

  private OpenKey borrow(ProjectId project, KeyId id) {
    Optional<OpenKey> found = open.find(id);
    OpenKey mine = held(project, found).orElse(null);
    if (mine != null) {
      return mine;
    }
    Blocking.ahead(); // removing waits too, for a load of the same entry
    OpenKey cached = found.orElse(null);
    if (cached != null && !vault.serves(cached.cmk())) {
      open.forget(id, cached); // its keystore was disabled; what is there by now stays
      cached = null;
    }
    while (true) {
      // Somebody else's load may end here first, so the project is asked of whatever comes back.
      OpenKey there =
          cached != null
              ? cached
              : open.load(id, _ -> Optional.of(load(project, id))).orElseThrow();
      if (!isOf(project, there)) {
        // Asks the store as for any unknown key, so that the time does not tell a foreign one from
        // none.
        throw vaultRefusal(project, id);
      }
      if (there.borrow()) {
        return there;
      }
      // It was removed, and wiped, between get and borrow.
      open.forget(id, there);
      cached = null;
    }
  }

  private static boolean isOf(ProjectId project, OpenKey key) {
    return key.cmk().project().equals(project);
  }

  private static void wipe(@Nullable KeyId id, @Nullable OpenKey leaving, RemovalCause cause) {
    if (leaving != null) {
      leaving.close();
    }
  }

  private RuntimeException vaultRefusal(ProjectId project, KeyId id) {
    vault.load(project, id);
    return new IntegrityException(id, "two projects have it");
  }

  private OpenKey load(ProjectId project, KeyId id) {
    Cmk cmk = vault.load(project, id);
    while (true) {
      cmk.requireUsable(); // an unusable key is not unwrapped, and not kept
      Optional<Material> material = vault.material(cmk, cmk.currentVersion());
      if (material.isPresent()) {
        return new OpenKey(vault, cmk, OpenMaterial.of(cmk, material.get()));
      }
      // It may have been deleted, or destroyed with its key, since the key was read.
      Cmk now = vault.load(project, id);
      if (now.equals(cmk)) {
        throw new IntegrityException(id, "its current material is missing");
      }
      cmk = now;
    }
  }

  /// Forgets the keys of a dedicated keystore, which has been disabled.
  public void invalidate(KeystoreId keystore) {
    open.forgetIf(key -> key.cmk().dedicatedKeystore().equals(Optional.of(keystore)));
  }

  /// Forgets a key; the next use reads it anew. To be called after every change to it.
  public void invalidate(KeyId id) {
    open.forget(id);
  }

  /// Likewise, all of them.
  public void invalidateAll() {
    open.forgetAll();
  }

  /// Destroys every key whose waiting time has passed.
  ///
  /// @return how many
  public int destroyDueKeys() {
    int destroyed = 0;
    List<KeyId> batch;
    do {
      batch = vault.due().destroy(clock.instant(), DESTROY_BATCH);
      batch.forEach(this::invalidate);
      destroyed += batch.size();
    } while (batch.size() == DESTROY_BATCH);
    return destroyed;
  }

  /// How many keys are to be destroyed by the time given, counted up to `most`.
  public int countDueKeys(Instant time, int most) {
    return vault.due().countForDestruction(time, most);
  }

  /// Wipes every key that nobody has borrowed, and the others when they are given back.
  @Override
  public void close() {
    open.forgetAll();
  }
}
