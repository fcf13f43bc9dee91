package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// GCM as the suites use it: nonces of 12 bytes, tags of 16. Other nonces of the files are not
/// ours, and are counted.
class AeadVectorTest {
  private static final int OTHER_NONCES_OF_AES = 119;
  private static final int OTHER_NONCES_OF_SM4 = 39;

  @Test
  void aesGcmOfWycheproof() throws Exception {
    var engine = new XaesEngine();
    Vectors.wycheproof(
        "aes_gcm_test.json",
        OTHER_NONCES_OF_AES,
        (group, test) -> wycheproof(engine, "AES", group, test));
  }

  @Test
  void sm4GcmOfWycheproof() throws Exception {
    var engine = new Xsm4Engine();
    Vectors.wycheproof(
        "sm4_gcm_test.json",
        OTHER_NONCES_OF_SM4,
        (group, test) -> wycheproof(engine, "SM4", group, test));
  }

  private static Vectors.Outcome wycheproof(
      AeadEngine engine, String algorithm, JsonNode group, JsonNode test) throws Exception {
    if (group.get("ivSize").asInt() != 8 * AeadEngine.HALF_NONCE_BYTES
        || group.get("tagSize").asInt() != 8 * AeadKey.TAG_BYTES) {
      return Vectors.Outcome.NOT_APPLICABLE;
    }
    check(
        engine,
        new RawKey(algorithm, Vectors.hex(test, "key")),
        Vectors.hex(test, "iv"),
        Vectors.hex(test, "aad"),
        Vectors.hex(test, "msg"),
        Vectors.concatenated(Vectors.hex(test, "ct"), Vectors.hex(test, "tag")),
        test.get("result").asString().equals("valid"));
    return Vectors.Outcome.RAN;
  }

  private static void check(
      AeadEngine engine,
      RawKey key,
      byte[] nonce,
      byte[] aad,
      byte[] msg,
      byte[] sealed,
      boolean valid)
      throws Exception {
    // Sealed first: BouncyCastle refuses to encrypt under the nonce that it used last, were it to
    // decrypt.
    if (valid) {
      byte[] inPlace = Arrays.copyOf(msg, msg.length + AeadKey.TAG_BYTES);
      engine.gcmSeal(key, nonce, 0, aad, aad.length, inPlace, 0, msg.length, inPlace, 0);
      assertThat(inPlace).isEqualTo(sealed);
    }
    byte[] opened = new byte[msg.length];
    boolean authentic =
        engine.gcmOpen(key, nonce, 0, aad, aad.length, sealed, 0, sealed.length, opened, 0);
    assertThat(authentic).isEqualTo(valid);
    if (valid) {
      assertThat(opened).isEqualTo(msg);
    }
  }

  /// Of this file the block cipher itself and GCM are ours; CBC, OFB, CFB, CTR and CCM are not.
  @Test
  void sm4OfTheStandard() throws Exception {
    JsonNode tests = Vectors.load("gm/sm4.json").get("tests");
    int ran = 0;
    int left = 0;
    for (JsonNode test : tests) {
      var key = new RawKey("SM4", Vectors.hex(test, "key"));
      switch (test.get("mode").asString()) {
        case "ECB" -> checkBlocks(key, test);
        case "GCM" ->
            check(
                new Xsm4Engine(),
                key,
                Vectors.hex(test, "iv"),
                Vectors.hex(test, "aad"),
                Vectors.hex(test, "msg"),
                Vectors.concatenated(Vectors.hex(test, "ct"), Vectors.hex(test, "tag")),
                true);
        default -> left++;
      }
      ran++;
    }
    assertThat(left).isEqualTo(7);
    assertThat(ran).isEqualTo(tests.size()).isEqualTo(10);
  }

  private static void checkBlocks(RawKey key, JsonNode test) {
    var engine = new Xsm4Engine();
    byte[] block = Vectors.hex(test, "msg");
    int iterations = test.has("iterations") ? test.get("iterations").asInt() : 1;
    for (int i = 0; i < iterations; i++) {
      engine.encryptBlocks(key, block, block);
    }
    assertThat(block).isEqualTo(Vectors.hex(test, "ct"));
  }
}
