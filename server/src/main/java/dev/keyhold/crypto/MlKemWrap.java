package dev.keyhold.crypto;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.crypto.SecretWithEncapsulation;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.kems.MLKEMGenerator;

/// Wraps key material to an ML-KEM public key: the KEM makes a shared secret, a KDF makes a
/// key-encryption key of it, and that wraps the material.
///
///     kem_ciphertext, shared_secret = ML-KEM.Encaps(public key)                   FIPS 203
///     kek = HKDF-SHA256(ikm = shared_secret, salt = none, info, 32 bytes)         RFC 5869
///     info = DER { id-aes256-wrap-pad, 32 }                   the CMSORIforKEMOtherInfo of RFC 9629
///          = 3010 300B 0609 608648016503040130 020120
///     wrapped = kem_ciphertext || AES-256-KWP(kek, material)                      RFC 5649
///
/// That is how CMS (RFC 9629, RFC 9936) wraps a key, with the fields laid side by side instead of
/// in ASN.1. The KEM ciphertext has 1088 bytes for ML_KEM_768 and 1568 for ML_KEM_1024.
public final class MlKemWrap {
  private static final byte[] INFO =
      HexFormat.of().parseHex("3010300b0609608648016503040130020120");
  private static final int KEK_BYTES = 32;

  private MlKemWrap() {}

  /// @param spec ML_KEM_768 or ML_KEM_1024
  /// @param spki the public key
  /// @param material 1 byte or more, stays the caller's
  /// @return empty when `spki` is not a valid public key of `spec`
  public static Optional<Bytes> wrap(KeyPairSpec spec, Bytes spki, KeyMaterial material) {
    return Attempt.at(() -> MlKemKeys.publicKey(spec, spki.lent()))
        .map(key -> {
          SecretWithEncapsulation made =
              new MLKEMGenerator(SharedRandom.INSTANCE).generateEncapsulated(key);
          byte[] ciphertext = made.getEncapsulation();
          try (var kek = kek(made.getSecret())) {
            return Bytes.owning(
                concatenated(ciphertext, KeyWrap.AES_KWP.wrap(kek, material).lent()));
          }
        });
  }

  /// @param pkcs8 the private key, stays the caller's
  /// @return empty for whatever was not wrapped to this key, without a reason: an altered KEM
  ///   ciphertext gives another secret (implicit rejection), which unwraps nothing
  /// @throws IllegalArgumentException when `pkcs8` is not a key of `spec`
  public static Optional<KeyMaterial> unwrap(KeyPairSpec spec, KeyMaterial pkcs8, byte[] wrapped) {
    var key =
        pkcs8
            .lend(der -> Attempt.at(() -> MlKemKeys.privateKey(spec, der)))
            .orElseThrow(() -> new IllegalArgumentException("not a key of " + spec));
    try {
      var extractor = new MLKEMExtractor(key);
      int kemBytes = extractor.getEncapsulationLength();
      if (wrapped.length <= kemBytes) {
        return Optional.empty();
      }
      byte[] ciphertext = Arrays.copyOf(wrapped, kemBytes);
      return Attempt.at(() -> kek(extractor.extractSecret(ciphertext)))
          .flatMap(kek -> {
            try (kek) {
              return KeyWrap.AES_KWP.unwrap(
                  kek, Arrays.copyOfRange(wrapped, kemBytes, wrapped.length));
            }
          });
    } finally {
      key.destroy();
    }
  }

  /// Wipes `secret`.
  private static KeyMaterial kek(byte[] secret) {
    try {
      return Hkdf.sha256(secret, new byte[0], INFO, KEK_BYTES);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static byte[] concatenated(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
