package dev.keyhold.seal;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.Hkdf;
import dev.keyhold.crypto.KeyMaterial;
import java.util.Arrays;

/// A root key of 32 bytes held in this process's memory. What it wraps reads:
///
///     offset  bytes
///          0      1  format, 0x01
///          1      8  id of the root key: a hash, so that another root key is told from an alteration
///          9     24  nonce
///         33    n+16  XAES-256-GCM ciphertext and tag
final class RootKey implements Seal {
  static final int BYTES = 32;

  private static final byte FORMAT = 1;
  private static final int ID_BYTES = 8;
  private static final int HEADER_BYTES = 1 + ID_BYTES;
  private static final byte[] NO_SALT = {};

  private final AeadKey wrapping;
  private final byte[] id;
  private final String origin;

  private RootKey(AeadKey wrapping, byte[] id, String origin) {
    this.wrapping = wrapping;
    this.id = id;
    this.origin = origin;
  }

  /// Takes ownership of `material`, which is closed when this returns.
  ///
  /// @param origin where the key is from, for messages
  static RootKey of(KeyMaterial material, String origin) {
    try (material;
        KeyMaterial id = derived(material, "id", ID_BYTES)) {
      return new RootKey(
          AeadKey.of(AeadSuite.XAES_256_GCM, derived(material, "wrap", BYTES)),
          id.lend(byte[]::clone),
          origin);
    }
  }

  @Override
  public byte[] wrap(KeyMaterial kek, byte[] aad) {
    byte[] sealed = kek.lend(bytes -> wrapping.seal(bytes, aad));
    byte[] wrapped = new byte[HEADER_BYTES + sealed.length];
    wrapped[0] = FORMAT;
    System.arraycopy(id, 0, wrapped, 1, ID_BYTES);
    System.arraycopy(sealed, 0, wrapped, HEADER_BYTES, sealed.length);
    return wrapped;
  }

  @Override
  public KeyMaterial unwrap(byte[] wrapped, byte[] aad) {
    if (wrapped.length < HEADER_BYTES || wrapped[0] != FORMAT) {
      throw altered();
    }
    if (!Arrays.equals(id, 0, ID_BYTES, wrapped, 1, HEADER_BYTES)) {
      byte[] other = Arrays.copyOfRange(wrapped, 1, HEADER_BYTES);
      throw new SealException(
          "A key was wrapped under another root key (%s) than that of %s (%s)."
              .formatted(Hex.lowerText(other), origin, id()));
    }
    byte[] sealed = Arrays.copyOfRange(wrapped, HEADER_BYTES, wrapped.length);
    return wrapping.open(sealed, aad).orElseThrow(this::altered);
  }

  @Override
  public String id() {
    return Hex.lowerText(id);
  }

  @Override
  public void close() {
    wrapping.close();
  }

  private SealException altered() {
    return new SealException(
        "A key wrapped under the root key of " + origin + " was altered and does not open.");
  }

  private static KeyMaterial derived(KeyMaterial root, String purpose, int bytes) {
    byte[] info = Canonical.encode("keyhold root key v1", purpose);
    return root.lend(key -> Hkdf.sha256(key, NO_SALT, info, bytes));
  }
}
