package dev.keyhold.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;

/// What a suite is made of: its block cipher and GCM over it, for one thread at a time.
///
/// The key of a message is SP 800-108 in counter mode with CMAC (SP 800-38B) over whole blocks:
/// block `i`, from 1, is `00 i 58 00` and the first half of the nonce, as C2SP XAES-256-GCM has it.
abstract sealed class AeadEngine permits XaesEngine, Xsm4Engine {
  static final int BLOCK_BYTES = 16;
  static final int HALF_NONCE_BYTES = 12;
  private static final byte LABEL = 'X';

  /// The reduction polynomial of GF(2^128): SP 800-38B, section 5.3.
  private static final int R128 = 0x87;

  private final RawKey messageKey;
  private final byte[] macInput;

  AeadEngine(AeadSuite suite) {
    messageKey = new RawKey(suite.blockCipher(), new byte[suite.keyBytes()]);
    macInput = new byte[suite.keyBytes()];
  }

  /// Encrypts every block of `in`, each for itself, into `out` of the same length.
  abstract void encryptBlocks(RawKey key, byte[] in, byte[] out) throws GeneralSecurityException;

  /// GCM with a 12-byte nonce. `out` gets the ciphertext, then the 16-byte tag; it may be `in` if
  /// the offsets are the same.
  abstract void gcmSeal(
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
      throws GeneralSecurityException;

  /// The reverse of [#gcmSeal]. When false, `out` may hold unauthenticated bytes.
  abstract boolean gcmOpen(
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
      throws GeneralSecurityException;

  /// The CMAC subkey for messages of whole blocks, K1 of SP 800-38B, section 6.1.
  final byte[] subkey(RawKey key) throws GeneralSecurityException {
    byte[] zero = new byte[BLOCK_BYTES];
    byte[] l = new byte[BLOCK_BYTES];
    encryptBlocks(key, zero, l);
    byte[] k1 = new byte[BLOCK_BYTES];
    for (int i = 0; i < BLOCK_BYTES; i++) {
      int next = i + 1 < BLOCK_BYTES ? (l[i + 1] & 0xff) >>> 7 : 0;
      k1[i] = (byte) ((l[i] << 1) | next);
    }
    int carry = (l[0] & 0xff) >>> 7;
    k1[BLOCK_BYTES - 1] ^= (byte) (-carry & R128); // without a branch: L is secret
    Arrays.fill(l, (byte) 0);
    return k1;
  }

  /// The CMAC of each block of `messages` as a message of its own. Changes `messages`.
  final void macEachBlock(RawKey key, byte[] k1, byte[] messages, byte[] out)
      throws GeneralSecurityException {
    for (int i = 0; i < messages.length; i++) {
      messages[i] ^= k1[i % BLOCK_BYTES];
    }
    encryptBlocks(key, messages, out);
  }

  /// The key of the message with this nonce; it stays valid until [#wipe].
  final RawKey deriveMessageKey(RawKey key, byte[] k1, byte[] nonce, int nonceOffset)
      throws GeneralSecurityException {
    for (int block = 0; block < macInput.length; block += BLOCK_BYTES) {
      macInput[block] = 0;
      macInput[block + 1] = (byte) (block / BLOCK_BYTES + 1);
      macInput[block + 2] = LABEL;
      macInput[block + 3] = 0;
      System.arraycopy(nonce, nonceOffset, macInput, block + 4, HALF_NONCE_BYTES);
    }
    macEachBlock(key, k1, macInput, messageKey.bytes());
    return messageKey;
  }

  /// Forgets the message key. What the provider copied of it stays until its next use.
  final void wipe() {
    messageKey.wipe();
    Arrays.fill(macInput, (byte) 0);
  }
}
