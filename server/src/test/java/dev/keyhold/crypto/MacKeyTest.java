package dev.keyhold.crypto;

import static dev.keyhold.crypto.Vectors.Outcome.RAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MacKeyTest {
  /// A MAC that was cut to half is never accepted, and what is left of a valid one is the start of
  /// ours.
  @ParameterizedTest
  @CsvSource({
    "hmac_sha256_test.json, HMAC_SHA_256",
    "hmac_sha384_test.json, HMAC_SHA_384",
    "hmac_sha512_test.json, HMAC_SHA_512",
    "hmac_sm3_test.json, HMAC_SM3",
  })
  void everyWycheproofCaseHasItsResult(String file, MacAlgorithm algorithm) throws Exception {
    Vectors.wycheproof(
        file,
        0,
        (_, test) -> {
          byte[] message = Vectors.hex(test, "msg");
          byte[] tag = Vectors.hex(test, "tag");
          boolean valid = test.get("result").asString().equals("valid");
          try (var key = MacKey.of(algorithm, new KeyMaterial(Vectors.hex(test, "key")))) {
            byte[] mac = key.mac(message);
            assertThat(mac).hasSize(algorithm.bytes());
            assertThat(Arrays.equals(Arrays.copyOf(mac, tag.length), tag)).isEqualTo(valid);
            assertThat(key.verify(message, tag)).isEqualTo(valid && tag.length == mac.length);
          }
          return RAN;
        });
  }

  @ParameterizedTest
  @EnumSource
  void closedKeyMakesNoMac(MacAlgorithm algorithm) {
    var key = MacKey.of(algorithm, new KeyMaterial(new byte[algorithm.bytes()]));
    key.close();
    key.close();
    assertThatThrownBy(() -> key.mac(new byte[1])).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> key.verify(new byte[1], new byte[32]))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void emptyKeyIsRefused() {
    assertThatThrownBy(() -> MacKey.of(MacAlgorithm.HMAC_SM3, new KeyMaterial(new byte[0])))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void algorithmsAreFoundByTheirWireNames() {
    assertThat(MacAlgorithm.find("HMAC_SHA_384")).contains(MacAlgorithm.HMAC_SHA_384);
    assertThat(MacAlgorithm.find("hmac_sha_384")).isEmpty();
  }
}
