package dev.keyhold.crypto;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Plaintext key bytes with one owner. Wiping is best effort: the JVM may have copied them
/// (docs/threat-model.md).
public final class KeyMaterial implements AutoCloseable {
  // Null once closed, so that a late caller fails instead of using a key of zeros.
  private byte @Nullable [] bytes;

  /// Takes ownership of `bytes`: the caller must not touch the array again.
  public KeyMaterial(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Lends the bytes to `use`, which must neither keep nor change them.
  public <R> R lend(Function<byte[], R> use) {
    return use.apply(requireNonNull(bytes, "key material is closed"));
  }

  /// The length in bytes.
  public int length() {
    return requireNonNull(bytes, "key material is closed").length;
  }

  @Override
  public void close() {
    byte[] mine = bytes;
    if (mine != null) {
      Arrays.fill(mine, (byte) 0);
      bytes = null;
    }
  }

  @Override
  public String toString() {
    return "KeyMaterial[redacted]";
  }
}
