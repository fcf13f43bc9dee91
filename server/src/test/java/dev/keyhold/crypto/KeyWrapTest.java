package dev.keyhold.crypto;

import static dev.keyhold.crypto.Vectors.Outcome.RAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

class KeyWrapTest {
  @Test
  void everyWycheproofCaseHasItsResult() throws Exception {
    Vectors.wycheproof(
        "aes_kwp_test.json",
        0,
        (_, test) -> {
          boolean valid = test.get("result").asString().equals("valid");
          byte[] wrapped = Vectors.hex(test, "ct");
          try (var kek = new KeyMaterial(Vectors.hex(test, "key"))) {
            Optional<byte[]> unwrapped =
                KeyWrap.AES_KWP.unwrap(kek, wrapped).map(m -> m.lend(byte[]::clone));
            assertThat(unwrapped.isPresent()).isEqualTo(valid);
            if (valid) {
              byte[] message = Vectors.hex(test, "msg");
              assertThat(unwrapped.orElseThrow()).isEqualTo(message);
              assertThat(KeyWrap.AES_KWP.wrap(kek, new KeyMaterial(message)).lent())
                  .isEqualTo(wrapped);
            }
          }
          return RAN;
        });
  }

  /// The file's third example is of RFC 3394, which we do not use.
  @Test
  void examplesOfRfc5649AreReproduced() {
    JsonNode tests = Vectors.load("rfc/aes_key_wrap_rfc.json").get("tests");
    int ran = 0;
    for (JsonNode test : tests) {
      if (test.get("alg").asString().equals("AES-KWP")) {
        try (var kek = new KeyMaterial(Vectors.hex(test, "kek"));
            var message = new KeyMaterial(Vectors.hex(test, "msg"))) {
          assertThat(KeyWrap.AES_KWP.wrap(kek, message).lent()).isEqualTo(Vectors.hex(test, "ct"));
          assertThat(KeyWrap.AES_KWP.unwrap(kek, Vectors.hex(test, "ct"))).isPresent();
        }
        ran++;
      }
    }
    assertThat(ran).isEqualTo(2).isEqualTo(tests.size() - 1);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrappedUnwrapsAndOnlyThat(KeyWrap wrap) {
    long seed = 5649;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    try (var kek = new KeyMaterial(Random.bytes(16));
        var other = new KeyMaterial(Random.bytes(16))) {
      for (int length = 1; length <= 200; length++) {
        byte[] material = new byte[length];
        random.nextBytes(material);
        byte[] wrapped = wrap.wrap(kek, new KeyMaterial(material)).lent().clone();
        assertThat(wrapped.length).isEqualTo((length + 7) / 8 * 8 + 8);
        assertThat(wrap.unwrap(kek, wrapped).orElseThrow().lend(byte[]::clone)).isEqualTo(material);
        assertThat(wrap.unwrap(other, wrapped)).isEmpty();
        assertThat(wrap.unwrap(kek, java.util.Arrays.copyOf(wrapped, wrapped.length - 8)))
            .isEmpty();
        wrapped[random.nextInt(wrapped.length)] ^= (byte) (1 << random.nextInt(8));
        assertThat(wrap.unwrap(kek, wrapped)).as("seed %d, length %d", seed, length).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void garbageOfAnyLengthIsRefused(KeyWrap wrap) {
    try (var kek = new KeyMaterial(Random.bytes(16))) {
      for (int length = 0; length < 100; length++) {
        assertThat(wrap.unwrap(kek, Random.bytes(length))).isEmpty();
      }
      assertThat(wrap.unwrap(kek, new byte[1 << 20])).isEmpty();
    }
  }

  @Test
  void keysOfOtherLengthsAreRefused() {
    try (var odd = new KeyMaterial(new byte[17]);
        var aes256 = new KeyMaterial(new byte[32])) {
      assertThatThrownBy(() -> KeyWrap.AES_KWP.unwrap(odd, new byte[16]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> KeyWrap.SM4_KWP.unwrap(aes256, new byte[16]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> KeyWrap.AES_KWP.wrap(aes256, new KeyMaterial(new byte[0])))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
