package dev.keyhold.keyring;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.error.Blocking;
import dev.keyhold.key.Cmk;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A CMK in memory with its material unwrapped, lent to one operation at a time or to many. Whoever
/// opened it closes it; the last to do so after the key left the keyring wipes the material.
public final class OpenKey implements AutoCloseable {
  private final CmkVault vault;
  private final Cmk cmk;
  private final OpenMaterial current;
  private final ConcurrentHashMap<Integer, OpenMaterial> earlier = new ConcurrentHashMap<>();

  // One for the keyring itself, one for each borrower; wiped when it reaches zero.
  private final AtomicInteger holders = new AtomicInteger(1);

  OpenKey(CmkVault vault, Cmk cmk, OpenMaterial current) {
    this.vault = vault;
    this.cmk = cmk;
    this.current = current;
  }

  public Cmk cmk() {
    return cmk;
  }

  /// The version whose material encrypts and signs.
  public int currentVersion() {
    return cmk.currentVersion();
  }

  public OpenMaterial current() {
    return current;
  }

  /// The current material of a symmetric key.
  ///
  /// @throws IllegalStateException for any other; [Use#WRAP] lets none pass
  public AeadKey currentAead() {
    return aead(current);
  }

  /// The material of any version of a symmetric key, for decryption; empty when the key never had
  /// that version.
  public Optional<AeadKey> aead(int version) {
    if (version == cmk.currentVersion()) {
      return Optional.of(currentAead());
    }
    // Versions count up from 0, so most forged ones are refused without a look at the store. The
    // next one may be in use already on another node, or in another region.
    if (version < 0 || version > cmk.currentVersion() + 1) {
      return Optional.empty();
    }
    OpenMaterial loaded = earlier.get(version);
    if (loaded == null) {
      Blocking.ahead();
      loaded = earlier.computeIfAbsent(version, this::load);
    }
    return Optional.ofNullable(loaded).map(OpenKey::aead);
  }

  private @Nullable OpenMaterial load(int version) {
    Optional<Material> material =
        version > cmk.currentVersion()
            ? vault.materialNow(cmk, version) // of which this may not have heard
            : vault.material(cmk, version);
    // A usable key has all that it ever encrypted with, unless it was destroyed or its material
    // deleted while we have it.
    if (material.isEmpty()
        && version < cmk.currentVersion()
        && vault.find(cmk.project(), cmk.id()).filter(cmk::equals).isPresent()) {
      throw new IntegrityException(cmk.id(), "material version " + version + " is missing");
    }
    return material.map(it -> OpenMaterial.of(cmk, it)).orElse(null);
  }

  private static AeadKey aead(OpenMaterial material) {
    if (material instanceof OpenMaterial.Aead(AeadKey key)) {
      return key;
    }
    throw new IllegalStateException("the key is not symmetric");
  }

  /// @return false when the key was wiped already and must be opened anew
  boolean borrow() {
    int seen = holders.get();
    while (seen > 0) {
      if (holders.compareAndSet(seen, seen + 1)) {
        return true;
      }
      seen = holders.get();
    }
    return false;
  }

  /// Gives the key back.
  @Override
  public void close() {
    if (holders.decrementAndGet() == 0) {
      current.close();
      earlier.values().forEach(OpenMaterial::close);
    }
  }
}
