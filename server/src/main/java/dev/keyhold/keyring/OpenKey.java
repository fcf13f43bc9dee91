package dev.keyhold.keyring;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A CMK in memory with its material unwrapped, lent to one operation at a time or to many. Whoever
/// opened it closes it; the last to do so after the key left the keyring wipes the material.
public final class OpenKey implements AutoCloseable {
  private final CmkVault vault;
  private final Cmk cmk;
  private final AeadKey current;
  private final ConcurrentHashMap<Integer, AeadKey> earlier = new ConcurrentHashMap<>();

  // One for the keyring itself, one for each borrower; wiped when it reaches zero.
  private final AtomicInteger holders = new AtomicInteger(1);

  OpenKey(CmkVault vault, Cmk cmk, AeadKey current) {
    this.vault = vault;
    this.cmk = cmk;
    this.current = current;
  }

  public Cmk cmk() {
    return cmk;
  }

  /// The version that encrypts, and its material.
  public int currentVersion() {
    return cmk.currentVersion();
  }

  public AeadKey current() {
    return current;
  }

  /// The material of any version, for decryption; empty when the key never had that version.
  public Optional<AeadKey> version(int version) {
    if (version == cmk.currentVersion()) {
      return Optional.of(current);
    }
    // Versions count up from 0, so most forged ones are refused without a look at the store.
    if (version < 0 || version > cmk.currentVersion()) {
      return Optional.empty();
    }
    AeadKey loaded = earlier.get(version);
    if (loaded == null) {
      Blocking.ahead();
      loaded = earlier.computeIfAbsent(version, this::load);
    }
    return Optional.ofNullable(loaded);
  }

  private AeadKey load(int version) {
    return vault
        .material(cmk, version)
        .map(material -> AeadKey.of(Keyring.suite(cmk.spec()), material))
        .orElseThrow(KmsError.INVALID_CIPHERTEXT::rejected);
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
      earlier.values().forEach(AeadKey::close);
    }
  }
}
