package dev.keyhold.crypto;

/// A key pair in its canonical encoding, see [KeyPairSpec]. The same key has the same bytes,
/// whoever made it.
///
/// @param privateKey PKCS#8 DER; closed with the pair
/// @param publicKey SPKI DER
public record EncodedKeyPair(KeyPairSpec spec, KeyMaterial privateKey, Bytes publicKey)
    implements AutoCloseable {
  @Override
  public void close() {
    privateKey.close();
  }
}
