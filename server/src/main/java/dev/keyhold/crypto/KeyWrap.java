package dev.keyhold.crypto;

import java.util.Optional;
import javax.crypto.Cipher;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.RFC5649WrapEngine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.params.KeyParameter;

/// Wraps key material of 1 or more bytes under a key-encryption key, without a nonce. The wrapped
/// form is 8 to 15 bytes longer, a multiple of 8.
public enum KeyWrap {
  /// AES-KWP: RFC 5649, SP 800-38F KWP, `id-aes*-wrap-pad` in OpenSSL. The key has 16, 24 or 32
  /// bytes.
  AES_KWP {
    @Override
    boolean takes(int kekBytes) {
      return kekBytes == 16 || kekBytes == 24 || kekBytes == 32;
    }

    @Override
    byte[] apply(boolean wrap, byte[] kek, byte[] in) throws Exception {
      Cipher cipher = Cipher.getInstance("AES/KWP/NoPadding", Providers.SUN_JCE);
      var key = new RawKey("AES", kek);
      cipher.init(wrap ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, key);
      return cipher.doFinal(in);
    }
  },
  /// RFC 5649 word for word, with SM4 (GB/T 32907) in the place of AES: both have blocks of 128
  /// bits, which is all the construction asks. For imported SM2 keys. The key has 16 bytes.
  SM4_KWP {
    @Override
    boolean takes(int kekBytes) {
      return kekBytes == 16;
    }

    @Override
    byte[] apply(boolean wrap, byte[] kek, byte[] in) throws InvalidCipherTextException {
      var engine = new RFC5649WrapEngine(new SM4Engine());
      engine.init(wrap, new KeyParameter(kek));
      return wrap ? engine.wrap(in, 0, in.length) : engine.unwrap(in, 0, in.length);
    }
  };

  /// More than any wrapped key has.
  private static final int MOST_BYTES = 16384;

  abstract boolean takes(int kekBytes);

  abstract byte[] apply(boolean wrap, byte[] kek, byte[] in) throws Exception;

  /// @param kek stays the caller's
  /// @param material stays the caller's
  /// @throws IllegalArgumentException when the key or the material has not a length it may have
  public Bytes wrap(KeyMaterial kek, KeyMaterial material) {
    requireLength(kek);
    if (material.length() == 0 || material.length() > MOST_BYTES) {
      throw new IllegalArgumentException("no material to wrap");
    }
    return kek.lend(k ->
        material.lend(m ->
            Bytes.owning(Attempt.must("a key could not be wrapped", () -> apply(true, k, m)))));
  }

  /// @param kek stays the caller's
  /// @return empty for whatever was not wrapped under this key, without a reason
  /// @throws IllegalArgumentException when the key has not a length it may have
  public Optional<KeyMaterial> unwrap(KeyMaterial kek, byte[] wrapped) {
    requireLength(kek);
    if (wrapped.length > MOST_BYTES) {
      return Optional.empty();
    }
    return kek.lend(k -> Attempt.at(() -> apply(false, k, wrapped))).map(KeyMaterial::new);
  }

  private void requireLength(KeyMaterial kek) {
    if (!takes(kek.length())) {
      throw new IllegalArgumentException(this + " takes no key of this length");
    }
  }
}
