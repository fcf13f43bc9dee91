package dev.keyhold.crypto;

import java.lang.invoke.VarHandle;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/// A key of an [AeadSuite], for any number of threads and messages. What does not depend on the
/// message is computed once.
///
/// Anything that does not authenticate has one outcome: false, or empty. No exception of a provider
/// leaves this class, checked or not.
public final class AeadKey implements AutoCloseable {
  public static final int NONCE_BYTES = 24;
  public static final int TAG_BYTES = 16;

  private final AeadSuite suite;
  private final RawKey key;
  private final byte[] k1;
  private volatile boolean closed;

  private AeadKey(AeadSuite suite, RawKey key, byte[] k1) {
    this.suite = suite;
    this.key = key;
    this.k1 = k1;
  }

  /// Takes ownership of `material`, which is closed when this returns.
  ///
  /// @throws IllegalArgumentException when the material has not the length the suite wants
  public static AeadKey of(AeadSuite suite, KeyMaterial material) {
    try (material;
        var work = Workspace.borrow()) {
      if (material.length() != suite.keyBytes()) {
        throw new IllegalArgumentException(
            "a key of " + suite + " has " + suite.keyBytes() + " bytes");
      }
      var key = new RawKey(suite.blockCipher(), material.lend(byte[]::clone));
      return new AeadKey(suite, key, work.engine(suite).subkey(key));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the provider refused a key", e);
    }
  }

  public AeadSuite suite() {
    return suite;
  }

  /// Encrypts a message. The nonce must never have been used with this key: take a random one.
  ///
  /// @param nonce has [#NONCE_BYTES] from `nonceOffset`
  /// @param aad its first `aadLength` bytes are authenticated
  /// @param out gets `inLength` + [#TAG_BYTES] bytes from `outOffset`; may be `in` at the same
  ///   offset
  public void seal(
      Workspace work,
      byte[] nonce,
      int nonceOffset,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inOffset,
      int inLength,
      byte[] out,
      int outOffset) {
    checkBounds(nonce, nonceOffset, aad, aadLength, in, inOffset, inLength);
    Objects.checkFromIndexSize(outOffset, inLength + TAG_BYTES, out.length);
    AeadEngine engine = work.engine(suite);
    try {
      RawKey messageKey = engine.deriveMessageKey(key, k1, nonce, nonceOffset);
      requireOpen();
      engine.gcmSeal(
          messageKey,
          nonce,
          nonceOffset + AeadEngine.HALF_NONCE_BYTES,
          aad,
          aadLength,
          in,
          inOffset,
          inLength,
          out,
          outOffset);
    } catch (GeneralSecurityException | RuntimeException e) {
      work.discard();
      Arrays.fill(out, outOffset, outOffset + inLength + TAG_BYTES, (byte) 0);
      throw new IllegalStateException("a message could not be sealed", e);
    } finally {
      engine.wipe();
    }
  }

  /// As above, in a workspace of its own.
  public void seal(
      byte[] nonce,
      int nonceOffset,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inOffset,
      int inLength,
      byte[] out,
      int outOffset) {
    try (var work = Workspace.borrow()) {
      seal(work, nonce, nonceOffset, aad, aadLength, in, inOffset, inLength, out, outOffset);
    }
  }

  /// Decrypts a message.
  ///
  /// @param in ciphertext and tag, `inLength` bytes together
  /// @param out gets `inLength` - [#TAG_BYTES] bytes from `outOffset`, zeros if the answer is
  ///   false; must not be `in`
  /// @return false for whatever was not sealed with this key, nonce and AAD
  /// @throws IllegalStateException when the key was closed before it could answer
  public boolean open(
      Workspace work,
      byte[] nonce,
      int nonceOffset,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inOffset,
      int inLength,
      byte[] out,
      int outOffset) {
    checkBounds(nonce, nonceOffset, aad, aadLength, in, inOffset, inLength);
    if (inLength < TAG_BYTES) {
      return false;
    }
    int length = inLength - TAG_BYTES;
    Objects.checkFromIndexSize(outOffset, length, out.length);
    AeadEngine engine = work.engine(suite);
    boolean authentic = false;
    try {
      RawKey messageKey = engine.deriveMessageKey(key, k1, nonce, nonceOffset);
      authentic =
          engine.gcmOpen(
              messageKey,
              nonce,
              nonceOffset + AeadEngine.HALF_NONCE_BYTES,
              aad,
              aadLength,
              in,
              inOffset,
              inLength,
              out,
              outOffset);
    } catch (GeneralSecurityException | RuntimeException _) {
      work.discard();
    } finally {
      engine.wipe();
      if (!authentic) {
        Arrays.fill(out, outOffset, outOffset + length, (byte) 0);
      }
    }
    if (!authentic) {
      requireOpen(); // else a good ciphertext would be called bad
    }
    return authentic;
  }

  /// As above, in a workspace of its own.
  public boolean open(
      byte[] nonce,
      int nonceOffset,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inOffset,
      int inLength,
      byte[] out,
      int outOffset) {
    try (var work = Workspace.borrow()) {
      return open(work, nonce, nonceOffset, aad, aadLength, in, inOffset, inLength, out, outOffset);
    }
  }

  /// Encrypts a message under a random nonce.
  ///
  /// @return nonce, ciphertext, tag: [#NONCE_BYTES] + [#TAG_BYTES] longer than `plaintext`
  public byte[] seal(byte[] plaintext, byte[] aad) {
    byte[] out = new byte[NONCE_BYTES + plaintext.length + TAG_BYTES];
    try (var work = Workspace.borrow()) {
      work.random(out, 0, NONCE_BYTES);
      seal(work, out, 0, aad, aad.length, plaintext, 0, plaintext.length, out, NONCE_BYTES);
    }
    return out;
  }

  /// Decrypts what the method above made.
  ///
  /// @return empty for whatever was not sealed with this key and AAD, of any length
  public Optional<KeyMaterial> open(byte[] sealed, byte[] aad) {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) {
      return Optional.empty();
    }
    byte[] plaintext = new byte[sealed.length - NONCE_BYTES - TAG_BYTES];
    boolean authentic =
        open(
            sealed,
            0,
            aad,
            aad.length,
            sealed,
            NONCE_BYTES,
            sealed.length - NONCE_BYTES,
            plaintext,
            0);
    return authentic ? Optional.of(new KeyMaterial(plaintext)) : Optional.empty();
  }

  /// Another key of the same suite, which nobody computes without both this key and `salt`:
  /// HKDF-SHA256 (RFC 5869).
  ///
  /// @param info what the derived key is for
  public AeadKey derive(byte[] salt, byte[] info) {
    KeyMaterial derived = Hkdf.sha256(key.bytes(), salt, info, suite.keyBytes());
    try {
      requireOpen();
    } catch (IllegalStateException closed) {
      derived.close();
      throw closed;
    }
    return of(suite, derived);
  }

  private static void checkBounds(
      byte[] nonce,
      int nonceOffset,
      byte[] aad,
      int aadLength,
      byte[] in,
      int inOffset,
      int inLength) {
    Objects.checkFromIndexSize(nonceOffset, NONCE_BYTES, nonce.length);
    Objects.checkFromIndexSize(0, aadLength, aad.length);
    Objects.checkFromIndexSize(inOffset, inLength, in.length);
  }

  /// Called after the key bytes were read. Whoever closes the key says so before it wipes them, so
  /// if it is open now, what was read was the key and not its remains. The fence keeps the reads of
  /// the bytes before the read of the flag.
  private void requireOpen() {
    VarHandle.loadLoadFence();
    if (closed) {
      throw new IllegalStateException("the key is closed");
    }
  }

  /// Wipes the key. Messages being sealed by other threads fail.
  @Override
  public void close() {
    closed = true;
    VarHandle.storeStoreFence();
    key.wipe();
    Arrays.fill(k1, (byte) 0);
  }

  @Override
  public String toString() {
    return "AeadKey[" + suite + ", redacted]";
  }
}
