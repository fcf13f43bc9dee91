package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.security.GeneralSecurityException;
import java.security.Key;
import javax.crypto.Cipher;

/// RSAES (RFC 8017, section 7), padding and all by the provider.
record RsaEncryption(Key key, RsaEc providers, int modulusBytes)
    implements EncryptionKey.Encryptor, DecryptionKey.Decryptor {
  @Override
  public byte[] encrypt(PublicKeyCipher cipher, byte[] plaintext) throws Exception {
    return jca(Cipher.ENCRYPT_MODE, cipher).doFinal(plaintext);
  }

  @Override
  public byte[] decrypt(PublicKeyCipher cipher, byte[] ciphertext) throws Exception {
    Der.require(ciphertext.length == modulusBytes, "not as long as the ciphertext");
    return jca(Cipher.DECRYPT_MODE, cipher).doFinal(ciphertext);
  }

  private Cipher jca(int mode, PublicKeyCipher cipher) throws GeneralSecurityException {
    Cipher jca = Cipher.getInstance(cipher.transformation(), providers.rsaCipher());
    var oaep = cipher.oaep();
    if (oaep.isPresent()) {
      jca.init(mode, key, oaep.get(), SharedRandom.INSTANCE);
    } else {
      jca.init(mode, key, SharedRandom.INSTANCE);
    }
    return jca;
  }

  @Override
  public void destroy() {
    NativeKeys.destroy(key);
  }
}
