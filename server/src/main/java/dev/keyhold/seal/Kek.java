package dev.keyhold.seal;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Hkdf;
import dev.keyhold.crypto.KeyMaterial;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// An unwrapped KEK, shared by the cache and whoever is using it, wiped when the last lets go. It
/// serves through keys derived from it alone, one for each purpose.
final class Kek implements AutoCloseable {
  static final int BYTES = 32;

  private static final byte[] NO_SALT = {};

  private final int version;
  private final Bytes wrapped;
  private final KeyMaterial secret;
  private final AeadKey wrapping;
  private final Map<String, KeyMaterial> macKeys = new ConcurrentHashMap<>();
  private final AtomicInteger holders = new AtomicInteger(1);

  /// Takes ownership of `secret`.
  ///
  /// @param wrapped what it was unwrapped from
  Kek(int version, Bytes wrapped, KeyMaterial secret) {
    this.version = version;
    this.wrapped = wrapped;
    this.secret = secret;
    this.wrapping = AeadKey.of(AeadSuite.XAES_256_GCM, derive("wrap", "", BYTES));
  }

  int version() {
    return version;
  }

  Bytes wrapped() {
    return wrapped;
  }

  AeadKey wrapping() {
    return wrapping;
  }

  /// Belongs to the KEK: not to be closed.
  KeyMaterial macKey(String purpose) {
    return macKeys.computeIfAbsent(purpose, name -> derive("row-mac", name, BYTES));
  }

  KeyMaterial derive(String kind, String purpose, int bytes) {
    byte[] info = Canonical.encode("keyhold kek v1", kind, purpose);
    return secret.lend(key -> Hkdf.sha256(key, NO_SALT, info, bytes));
  }

  /// Makes the caller one more holder.
  ///
  /// @return false when it was wiped already
  boolean retain() {
    return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /// Lets go.
  @Override
  public void close() {
    if (holders.decrementAndGet() == 0) {
      wrapping.close();
      secret.close();
      macKeys.values().forEach(KeyMaterial::close);
    }
  }
}
