package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class HkdfVectorTest {
  @Test
  void hkdfSha256OfWycheproof() throws Exception {
    Vectors.wycheproof(
        "hkdf_sha256_test.json",
        0,
        (_, test) -> {
          if (test.get("result").asString().equals("valid")) {
            assertThat(derive(test)).isEqualTo(Vectors.hex(test, "okm"));
          } else {
            assertThatIllegalArgumentException().isThrownBy(() -> derive(test));
          }
          return Vectors.Outcome.RAN;
        });
  }

  private static byte[] derive(JsonNode test) {
    try (KeyMaterial key =
        Hkdf.sha256(
            Vectors.hex(test, "ikm"),
            Vectors.hex(test, "salt"),
            Vectors.hex(test, "info"),
            test.get("size").asInt())) {
      return key.lend(byte[]::clone);
    }
  }
}
