package dev.keyhold.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.key.KeyId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A nonce is never used twice: a million containers by eight threads that fight for generators.
class NonceTest {
  private static final int THREADS = 8;
  private static final int EACH = 125_000;
  private static final int NONCE_OFFSET = 4;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  @Test
  void noNonceIsUsedTwice() throws Exception {
    // A third of each nonce is compared: were it to repeat by chance, it would in one run of 10^7.
    long[] nonces = new long[THREADS * EACH];
    byte[] plaintext = new byte[64];
    try (AeadKey key = AeadKey.of(AeadSuite.XAES_256_GCM, new KeyMaterial(Random.bytes(32)));
        var threads = Executors.newFixedThreadPool(THREADS)) {
      var done =
          IntStream.range(0, THREADS)
              .mapToObj(thread -> threads.submit(() -> encryptMany(key, plaintext, nonces, thread)))
              .toList();
      for (Future<?> one : done) {
        one.get();
      }
    }
    Arrays.sort(nonces);
    int repeated = 0;
    for (int i = 1; i < nonces.length; i++) {
      repeated += nonces[i] == nonces[i - 1] ? 1 : 0;
    }
    assertThat(repeated).isZero();
    assertUniform(nonces);
  }

  private static void encryptMany(AeadKey key, byte[] plaintext, long[] nonces, int thread) {
    KeyId id = KeyId.random();
    for (int i = 0; i < EACH; i++) {
      byte[] container =
          EnvelopeCipher.encrypt(
              key, id, 0, Purpose.DATAKEY, CallerContext.NONE, plaintext, 0, plaintext.length);
      nonces[thread * EACH + i] = (long) LONG.get(container, NONCE_OFFSET);
    }
  }

  /// Each bit is set in half of the nonces, give or take 6 standard deviations of 500.
  private static void assertUniform(long[] nonces) {
    int[] set = new int[Long.SIZE];
    for (long nonce : nonces) {
      for (int bit = 0; bit < Long.SIZE; bit++) {
        set[bit] += (int) (nonce >>> bit) & 1;
      }
    }
    for (int count : set) {
      assertThat(count).isBetween(497_000, 503_000);
    }
  }
}
