package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class RandomTest {
  @Test
  void fillsExactlyTheRangeItWasGiven() {
    for (int length : new int[] {0, 1, 24, 383, 384, 385, 2000}) {
      byte[] out = new byte[length + 20];
      Random.fill(out, 10, length);
      assertThat(Arrays.copyOf(out, 10)).containsOnly(0);
      assertThat(Arrays.copyOfRange(out, 10 + length, out.length)).containsOnly(0);
      if (length >= 24) {
        // 24 zeros at either end of a random range would happen once in 2^192 runs.
        assertThat(Arrays.copyOfRange(out, 10, 34)).isNotEqualTo(new byte[24]);
        assertThat(Arrays.copyOfRange(out, length - 14, length + 10)).isNotEqualTo(new byte[24]);
      }
    }
  }

  @Test
  void neverGivesOutTheSameTwice() {
    var seen = new HashSet<Bytes>();
    for (int i = 0; i < 10_000; i++) {
      assertThat(seen.add(Bytes.owning(Random.bytes(16)))).isTrue();
    }
  }

  /// Two workspaces hold two generators, each with a seed of its own.
  @Test
  void generatorsAreIndependent() {
    byte[] one = new byte[64];
    byte[] other = new byte[64];
    new Drbg().fill(one, 0, one.length);
    new Drbg().fill(other, 0, other.length);
    assertThat(one).isNotEqualTo(other);
  }

  /// Every bit is set in about half of the bytes: 5 standard deviations either way.
  @Test
  void everyBitIsSetAboutHalfOfTheTime() {
    int bytes = 1_000_000;
    byte[] out = Random.bytes(bytes);
    int[] set = new int[8];
    for (byte b : out) {
      for (int bit = 0; bit < 8; bit++) {
        set[bit] += (b >> bit) & 1;
      }
    }
    for (int count : set) {
      assertThat(count).isBetween(bytes / 2 - 2500, bytes / 2 + 2500);
    }
  }
}
