package dev.keyhold.crypto;

import static dev.keyhold.crypto.Providers.SUN;
import static dev.keyhold.crypto.Providers.SUN_JCE;
import static dev.keyhold.crypto.Providers.mustHave;

import java.security.DigestException;
import java.security.MessageDigest;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.crypto.Mac;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.jspecify.annotations.Nullable;

/// Ciphers, digests, a DRBG and scratch memory, made once and borrowed together: making them costs
/// more than using them. One thread has a workspace at a time, from [#borrow] to [#close].
///
/// Idle workspaces wait in an array of slots that a thread takes from and puts into with one atomic
/// exchange. There is no lock to wait for, and no `ThreadLocal`, of which a million virtual threads
/// would each fill their own.
public final class Workspace implements AutoCloseable {
  private static final int SLOTS =
      Math.max(16, Integer.highestOneBit(Runtime.getRuntime().availableProcessors()) * 4);

  /// Threads try a few slots from one of their own, so an event loop keeps finding the same one.
  private static final int TRIES = 4;

  /// Neighbouring slots lie on different cache lines, and none on that of the array's length.
  private static final int STRIDE = 16;

  private static final AtomicReferenceArray<@Nullable Workspace> IDLE =
      new AtomicReferenceArray<>((1 + SLOTS) * STRIDE);

  private static final int FIRST_SCRATCH_BYTES = 512;
  private static final int MOST_SCRATCH_KEPT = 8192;

  private final Drbg drbg = new Drbg();
  private final MessageDigest sha256 = mustHave(() -> MessageDigest.getInstance("SHA-256", SUN));
  private final XaesEngine xaes = new XaesEngine();
  private final Mac hmacSha256 = mustHave(() -> Mac.getInstance("HmacSHA256", SUN_JCE));
  private @Nullable Xsm4Engine xsm4; // most servers never see a key of the SM family
  private @Nullable SM3Digest sm3;
  private byte[] aad = new byte[FIRST_SCRATCH_BYTES];
  private byte[] plaintext = new byte[FIRST_SCRATCH_BYTES];
  private boolean lent;

  private Workspace() {}

  /// Lends a workspace to the calling thread. Never waits.
  public static Workspace borrow() {
    int first = (int) Thread.currentThread().threadId();
    for (int i = first; i < first + TRIES; i++) {
      int slot = slot(i);
      if (IDLE.getPlain(slot) != null) {
        Workspace idle = IDLE.getAndSet(slot, null);
        if (idle != null) {
          idle.lent = true;
          return idle;
        }
      }
    }
    var fresh = new Workspace();
    fresh.lent = true;
    return fresh;
  }

  /// Gives the workspace back. Where all slots tried are taken it is left to the garbage collector.
  @Override
  public void close() {
    if (!lent) {
      return; // a second close must not put it into two slots, where two threads would find it
    }
    lent = false;
    int first = (int) Thread.currentThread().threadId();
    for (int i = first; i < first + TRIES; i++) {
      if (IDLE.compareAndSet(slot(i), null, this)) {
        return;
      }
    }
  }

  private static int slot(int number) {
    return (1 + (number & (SLOTS - 1))) * STRIDE;
  }

  /// After a failure nobody foresaw: this workspace is never lent again.
  void discard() {
    lent = false;
  }

  /// Fills `length` bytes of `out` with random ones, fit for keys and nonces.
  public void random(byte[] out, int offset, int length) {
    drbg.fill(out, offset, length);
  }

  /// The digest of `length` bytes of `in`, 32 bytes written to `out`.
  public void digest(Digest digest, byte[] in, int offset, int length, byte[] out, int outOffset) {
    switch (digest) {
      case SHA_256 -> sha256(in, offset, length, out, outOffset);
      case SM3 -> {
        SM3Digest engine = sm3();
        engine.update(in, offset, length);
        engine.doFinal(out, outOffset);
      }
    }
  }

  private void sha256(byte[] in, int offset, int length, byte[] out, int outOffset) {
    sha256.update(in, offset, length);
    try {
      sha256.digest(out, outOffset, Digest.BYTES);
    } catch (DigestException e) {
      throw new IllegalArgumentException("32 bytes do not fit at offset " + outOffset, e);
    }
  }

  /// At least `length` bytes for the AAD. Whatever was there before is there still.
  public byte[] aadScratch(int length) {
    if (length > aad.length) {
      byte[] larger = new byte[length];
      if (length > MOST_SCRATCH_KEPT) {
        return larger;
      }
      aad = larger;
    }
    return aad;
  }

  /// At least `length` bytes for a plaintext. The borrower wipes what it wrote there.
  public byte[] plaintextScratch(int length) {
    if (length > plaintext.length) {
      byte[] larger = new byte[length];
      if (length > MOST_SCRATCH_KEPT) {
        return larger;
      }
      plaintext = larger;
    }
    return plaintext;
  }

  AeadEngine engine(AeadSuite suite) {
    return switch (suite) {
      case XAES_256_GCM -> xaes;
      case XSM4_GCM -> xsm4();
    };
  }

  Mac hmacSha256() {
    return hmacSha256;
  }

  private Xsm4Engine xsm4() {
    Xsm4Engine engine = xsm4;
    if (engine == null) {
      engine = new Xsm4Engine();
      xsm4 = engine;
    }
    return engine;
  }

  private SM3Digest sm3() {
    SM3Digest engine = sm3;
    if (engine == null) {
      engine = new SM3Digest();
      sm3 = engine;
    }
    return engine;
  }
}
