package dev.keyhold.crypto;

import java.util.Arrays;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

/// SM4 from BouncyCastle's own classes, without a provider between.
final class Xsm4Engine extends AeadEngine {
  private final SM4Engine blocks = new SM4Engine();
  private final GCMModeCipher gcm = GCMBlockCipher.newInstance(new SM4Engine());
  private final byte[] halfNonce = new byte[HALF_NONCE_BYTES];

  Xsm4Engine() {
    super(AeadSuite.XSM4_GCM);
  }

  @Override
  void encryptBlocks(RawKey key, byte[] in, byte[] out) {
    blocks.init(true, new KeyParameter(key.bytes()));
    for (int offset = 0; offset < in.length; offset += BLOCK_BYTES) {
      blocks.processBlock(in, offset, out, offset);
    }
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
      int outOffset) {
    init(true, key, nonce, nonceOffset, aad, aadLength);
    try {
      int written = gcm.processBytes(in, inOffset, inLength, out, outOffset);
      gcm.doFinal(out, outOffset + written);
    } catch (InvalidCipherTextException e) {
      throw new IllegalStateException("encryption has no tag to refuse", e);
    }
  }

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
      int outOffset) {
    init(false, key, nonce, nonceOffset, aad, aadLength);
    try {
      int written = gcm.processBytes(in, inOffset, inLength, out, outOffset);
      gcm.doFinal(out, outOffset + written);
      return true;
    } catch (InvalidCipherTextException _) {
      return false;
    }
  }

  private void init(
      boolean seal, RawKey key, byte[] nonce, int nonceOffset, byte[] aad, int aadLength) {
    System.arraycopy(nonce, nonceOffset, halfNonce, 0, HALF_NONCE_BYTES);
    gcm.init(seal, new ParametersWithIV(new KeyParameter(key.bytes()), halfNonce));
    gcm.processAADBytes(aad, 0, aadLength);
    Arrays.fill(halfNonce, (byte) 0);
  }
}
