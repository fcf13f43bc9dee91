package dev.keyhold.crypto;

import java.util.Arrays;
import javax.crypto.SecretKey;

/// Key bytes as the JCA wants them, but ours to overwrite: a `SecretKeySpec` keeps its own copy
/// until the garbage collector comes by. Providers get a copy from [#getEncoded] and wipe it
/// themselves.
final class RawKey implements SecretKey {
  private static final long serialVersionUID = 1L;

  private final String algorithm;
  private final transient byte[] bytes;

  /// Keeps `bytes` itself, so that what is written there is the key from then on.
  RawKey(String algorithm, byte[] bytes) {
    this.algorithm = algorithm;
    this.bytes = bytes;
  }

  /// The bytes themselves, not a copy.
  byte[] bytes() {
    return bytes;
  }

  void wipe() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  @Override
  public byte[] getEncoded() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "RawKey[redacted]";
  }
}
