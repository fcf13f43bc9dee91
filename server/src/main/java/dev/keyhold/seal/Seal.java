package dev.keyhold.seal;

import dev.keyhold.crypto.KeyMaterial;

/// The root key, wherever it is held. It wraps KEKs and nothing else.
public interface Seal extends AutoCloseable {
  /// Wraps a key-encryption key. `aad` must be given again to unwrap.
  byte[] wrap(KeyMaterial kek, byte[] aad);

  /// @throws SealException when `wrapped` was made under another root key or AAD, or was altered
  KeyMaterial unwrap(byte[] wrapped, byte[] aad);

  /// Names the root key and tells nothing of it: 16 hexadecimal digits.
  String id();

  @Override
  void close();
}
