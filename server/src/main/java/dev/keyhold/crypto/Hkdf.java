package dev.keyhold.crypto;

import static dev.keyhold.crypto.Providers.SUN_JCE;
import static dev.keyhold.crypto.Providers.mustHave;

import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/// HKDF-SHA256 (RFC 5869), extract then expand. For keys that are made now and then, not per
/// request.
public final class Hkdf {
  /// 255 blocks of the hash: RFC 5869, section 2.3.
  public static final int MOST_BYTES = 255 * Digest.BYTES;

  private Hkdf() {}

  /// @param salt may be empty
  /// @param info what the derived key is for; different purposes give independent keys
  /// @param length 1 to [#MOST_BYTES]
  /// @throws IllegalArgumentException for any other length
  public static KeyMaterial sha256(byte[] inputKey, byte[] salt, byte[] info, int length) {
    if (length < 1 || length > MOST_BYTES) {
      throw new IllegalArgumentException("HKDF-SHA256 gives 1 to " + MOST_BYTES + " bytes");
    }
    KDF kdf = mustHave(() -> KDF.getInstance("HKDF-SHA256", SUN_JCE));
    var parameters =
        HKDFParameterSpec.ofExtract().addIKM(inputKey).addSalt(salt).thenExpand(info, length);
    try {
      return new KeyMaterial(kdf.deriveData(parameters));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IllegalStateException("the provider refused a key derivation", e);
    }
  }
}
