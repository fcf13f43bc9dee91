package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AeadKeyTest {
  private static final byte[] AAD = {1, 2, 3};

  @ParameterizedTest
  @EnumSource
  void opensWhatItSealed(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      for (int length : new int[] {0, 1, 15, 16, 17, 72, 1000, 10_000}) {
        byte[] plaintext = Random.bytes(length);
        byte[] sealed = key.seal(plaintext, AAD);
        assertThat(sealed).hasSize(AeadKey.NONCE_BYTES + length + AeadKey.TAG_BYTES);
        assertThat(open(key, sealed, AAD)).isEqualTo(plaintext);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void sealsTheSameMessageDifferentlyEveryTime(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      assertThat(key.seal(AAD, AAD)).isNotEqualTo(key.seal(AAD, AAD));
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesEveryFlippedBitAndEveryOtherLength(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      byte[] sealed = key.seal(Random.bytes(20), AAD);
      for (int bit = 0; bit < 8 * sealed.length; bit++) {
        byte[] altered = sealed.clone();
        altered[bit / 8] ^= (byte) (1 << (bit % 8));
        assertThat(key.open(altered, AAD)).isEmpty();
      }
      for (int length = 0; length <= sealed.length + 20; length++) {
        if (length != sealed.length) {
          assertThat(key.open(Arrays.copyOf(sealed, length), AAD)).isEmpty();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesAnotherKeyAndAnotherAad(AeadSuite suite) {
    try (AeadKey key = key(suite);
        AeadKey other = key(suite)) {
      byte[] sealed = key.seal(Random.bytes(20), AAD);
      assertThat(other.open(sealed, AAD)).isEmpty();
      assertThat(key.open(sealed, new byte[] {1, 2})).isEmpty();
      assertThat(key.open(sealed, new byte[] {1, 2, 3, 0})).isEmpty();
      assertThat(key.open(sealed, new byte[0])).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void leavesNoPlaintextWhereItRefused(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      byte[] sealed = key.seal(Random.bytes(64), AAD);
      sealed[sealed.length - 1] ^= 1;
      byte[] out = Random.bytes(64 + 10);
      byte[] before = out.clone();
      boolean opened =
          key.open(
              sealed,
              0,
              AAD,
              AAD.length,
              sealed,
              AeadKey.NONCE_BYTES,
              sealed.length - AeadKey.NONCE_BYTES,
              out,
              5);
      assertThat(opened).isFalse();
      assertThat(Arrays.copyOfRange(out, 5, 69)).containsOnly(0);
      assertThat(Arrays.copyOf(out, 5)).isEqualTo(Arrays.copyOf(before, 5));
    }
  }

  @ParameterizedTest
  @EnumSource
  void takesMaterialOfItsOwnLengthOnly(AeadSuite suite) {
    for (int length : new int[] {0, 15, 16, 24, 31, 32, 33, 64}) {
      if (length != suite.keyBytes()) {
        var material = new KeyMaterial(new byte[length]);
        assertThatIllegalArgumentException().isThrownBy(() -> AeadKey.of(suite, material));
        assertThatThrownBy(material::length).hasMessageContaining("closed");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClosedKeyWorksNoMore(AeadSuite suite) {
    AeadKey key = key(suite);
    byte[] sealed = key.seal(AAD, AAD);
    key.close();
    assertThatIllegalStateException().isThrownBy(() -> key.seal(AAD, AAD));
    assertThatIllegalStateException().isThrownBy(() -> key.open(sealed, AAD));
    key.close();
  }

  /// Whatever a thread sealed while another closed the key was sealed under the key, not under what
  /// was left of it.
  @ParameterizedTest
  @EnumSource
  void closingUnderASealingThreadSealsNothingWrong(AeadSuite suite) throws Exception {
    for (int round = 0; round < 200; round++) {
      byte[] bytes = Random.bytes(suite.keyBytes());
      AeadKey key = AeadKey.of(suite, new KeyMaterial(bytes.clone()));
      var sealed = new ArrayList<byte[]>();
      var begun = new CountDownLatch(1);
      Thread sealing = Thread.ofPlatform().start(() -> sealUntilClosed(key, sealed, begun));
      begun.await();
      key.close();
      sealing.join();

      try (AeadKey same = AeadKey.of(suite, new KeyMaterial(bytes))) {
        assertThat(sealed).isNotEmpty().allMatch(one -> same.open(one, AAD).isPresent());
      }
    }
  }

  private static void sealUntilClosed(AeadKey key, List<byte[]> sealed, CountDownLatch begun) {
    try {
      for (int i = 0; i < 100_000; i++) { // far more than fit before the key is closed
        sealed.add(key.seal(AAD, AAD));
        begun.countDown();
      }
    } catch (IllegalStateException _) {
      // the key is closed
    }
  }

  @ParameterizedTest
  @EnumSource
  void printsNoKey(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      assertThat(key.toString()).contains("redacted").doesNotContainPattern("[0-9a-f]{8}");
    }
  }

  private static AeadKey key(AeadSuite suite) {
    return AeadKey.of(suite, new KeyMaterial(Random.bytes(suite.keyBytes())));
  }

  private static byte[] open(AeadKey key, byte[] sealed, byte[] aad) {
    try (KeyMaterial opened = key.open(sealed, aad).orElseThrow()) {
      return opened.lend(byte[]::clone);
    }
  }
}
