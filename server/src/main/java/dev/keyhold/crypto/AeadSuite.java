package dev.keyhold.crypto;

/// An AEAD with a 24-byte nonce and a 16-byte tag. The nonce is long enough to be random for ever:
/// half of it derives a key for this one message, the other half is the nonce of GCM under that
/// key.
public enum AeadSuite {
  /// C2SP XAES-256-GCM: AES-256-GCM under an AES-256-CMAC-derived key.
  XAES_256_GCM("AES", 32),
  /// The same construction over SM4 (GB/T 32907-2016); docs/envelope-format.md, section 5.
  XSM4_GCM("SM4", 16);

  private final String blockCipher;
  private final int keyBytes;

  AeadSuite(String blockCipher, int keyBytes) {
    this.blockCipher = blockCipher;
    this.keyBytes = keyBytes;
  }

  /// The length of a key of this suite, in bytes.
  public int keyBytes() {
    return keyBytes;
  }

  String blockCipher() {
    return blockCipher;
  }
}
