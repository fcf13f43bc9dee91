package dev.keyhold.crypto;

import static dev.keyhold.crypto.Providers.SUN;
import static dev.keyhold.crypto.Providers.mustHave;

import java.security.DrbgParameters;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;

/// Random bytes for one thread at a time: the JDK's Hash_DRBG (SP 800-90A) of 256-bit strength,
/// read a block at a time because each read costs as much as several nonces.
///
/// Every second of use it is seeded anew by the operating system, so that two copies of a machine,
/// woken from one snapshot, part within a second of the kernel noticing (docs/threat-model.md).
final class Drbg {
  private static final int STRENGTH_BITS = 256;
  private static final int SEED_BYTES = 48;
  private static final int BLOCK_BYTES = 384;
  private static final long RESEED_AFTER_NANOS = 1_000_000_000L;

  /// The kernel's generator. Not the DRBG's own choice, which follows `securerandom.source` to
  /// `/dev/random`, and that makes an event loop wait on kernels before 5.6.
  private static final SecureRandom KERNEL = kernel();

  private final SecureRandom drbg =
      mustHave(() ->
          SecureRandom.getInstance(
              "DRBG",
              DrbgParameters.instantiation(
                  STRENGTH_BITS, DrbgParameters.Capability.RESEED_ONLY, null),
              SUN));
  private final byte[] block = new byte[BLOCK_BYTES];
  private int unused;
  private long seededAt;

  Drbg() {
    seed();
  }

  void fill(byte[] out, int offset, int length) {
    if (System.nanoTime() - seededAt > RESEED_AFTER_NANOS) {
      seed();
    }
    int done = 0;
    while (done < length) {
      if (unused == 0) {
        drbg.nextBytes(block);
        unused = BLOCK_BYTES;
      }
      int piece = Math.min(unused, length - done);
      int from = BLOCK_BYTES - unused;
      System.arraycopy(block, from, out, offset + done, piece);
      Arrays.fill(block, from, from + piece, (byte) 0); // what was handed out is nobody else's
      unused -= piece;
      done += piece;
    }
  }

  private void seed() {
    byte[] seed = new byte[SEED_BYTES];
    KERNEL.nextBytes(seed);
    drbg.setSeed(seed);
    Arrays.fill(seed, (byte) 0);
    Arrays.fill(block, (byte) 0);
    unused = 0;
    seededAt = System.nanoTime();
  }

  private static SecureRandom kernel() {
    try {
      return SecureRandom.getInstance("NativePRNGNonBlocking", SUN);
    } catch (NoSuchAlgorithmException _) {
      return new SecureRandom(); // not a Unix: the platform's own
    }
  }
}
