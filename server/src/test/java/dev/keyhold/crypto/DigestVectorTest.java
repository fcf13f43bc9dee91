package dev.keyhold.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DigestVectorTest {
  @Test
  void sm3OfTheStandard() {
    JsonNode tests = Vectors.load("gm/sm3.json").get("tests");
    int ran = 0;
    for (JsonNode test : tests) {
      assertThat(Digest.SM3.digest(Vectors.hex(test, "msg")))
          .isEqualTo(Vectors.hex(test, "digest"));
      ran++;
    }
    assertThat(ran).isEqualTo(tests.size()).isEqualTo(5);
  }

  /// FIPS 180-4's example, and the digest of the API page's 64 bytes of zeros.
  @Test
  void sha256OfThePublishedExamples() {
    assertThat(Hex.lowerText(Digest.SHA_256.digest("abc".getBytes(US_ASCII))))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(Hex.lowerText(Digest.SHA_256.digest(new byte[64])))
        .isEqualTo("f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
  }

  @Test
  void readsAndWritesWhereItIsTold() {
    for (Digest digest : Digest.values()) {
      byte[] message = Random.bytes(100);
      byte[] out = new byte[40];
      digest.digest(message, 10, 50, out, 5);

      byte[] part = java.util.Arrays.copyOfRange(message, 10, 60);
      assertThat(java.util.Arrays.copyOfRange(out, 5, 37)).isEqualTo(digest.digest(part));
      assertThat(out).startsWith(0, 0, 0, 0, 0).endsWith(0, 0, 0);
    }
  }
}
