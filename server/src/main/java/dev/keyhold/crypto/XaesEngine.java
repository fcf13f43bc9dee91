package dev.keyhold.crypto;

import static dev.keyhold.crypto.Providers.SUN_JCE;
import static dev.keyhold.crypto.Providers.mustHave;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/// AES from the JDK, whose GCM is compiled to the processor's own instructions.
final class XaesEngine extends AeadEngine {
  private static final int TAG_BITS = 128;

  private final Cipher blocks =
      mustHave(() -> Cipher.getInstance("AES/ECB/NoPadding", SUN_JCE)); // CMAC over single blocks
  private final Cipher gcm = mustHave(() -> Cipher.getInstance("AES/GCM/NoPadding", SUN_JCE));

  XaesEngine() {
    super(AeadSuite.XAES_256_GCM);
  }

  @Override
  void encryptBlocks(RawKey key, byte[] in, byte[] out) throws GeneralSecurityException {
    blocks.init(Cipher.ENCRYPT_MODE, key);
    blocks.doFinal(in, 0, in.length, out, 0);
  }

  @Override
  void gcmSeal(
      RawKey key,
      byte[] nonce,
      int nonceOffset,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inOffset,
      int inLength,
      byte[] out,
      int outOffset)
      throws GeneralSecurityException {
    gcm.init(Cipher.ENCRYPT_MODE, key, parameters(nonce, nonceOffset));
    gcm.updateAAD(aad, 0, aadLength);
    gcm.doFinal(in, inOffset, inLength, out, outOffset);
  }

  // The whole message goes through one doFinal: a GCM cipher that is fed by update() buffers all of
  // it, because it gives nothing away before it has seen the tag.
  @Override
  boolean gcmOpen(
      RawKey key,
      byte[] nonce,
      int nonceOffset,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inOffset,
      int inLength,
      byte[] out,
      int outOffset)
      throws GeneralSecurityException {
    gcm.init(Cipher.DECRYPT_MODE, key, parameters(nonce, nonceOffset));
    gcm.updateAAD(aad, 0, aadLength);
    try {
      gcm.doFinal(in, inOffset, inLength, out, outOffset);
      return true;
    } catch (AEADBadTagException _) {
      return false;
    }
  }

  private static GCMParameterSpec parameters(byte[] nonce, int nonceOffset) {
    return new GCMParameterSpec(TAG_BITS, nonce, nonceOffset, HALF_NONCE_BYTES);
  }
}
