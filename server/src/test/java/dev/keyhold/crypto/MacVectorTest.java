package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.macs.CMac;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;

class MacVectorTest {
  /// The derivation of message keys needs the CMAC of messages of one block; others are not ours.
  private static final int CMAC_OF_OTHER_LENGTHS = 227;

  @Test
  void cmacOfOneBlockOfWycheproof() throws Exception {
    var engine = new XaesEngine();
    Vectors.wycheproof(
        "aes_cmac_test.json",
        CMAC_OF_OTHER_LENGTHS,
        (_, test) -> {
          byte[] message = Vectors.hex(test, "msg");
          if (message.length != AeadEngine.BLOCK_BYTES) {
            return Vectors.Outcome.NOT_APPLICABLE;
          }
          var key = new RawKey("AES", Vectors.hex(test, "key"));
          byte[] mac = new byte[AeadEngine.BLOCK_BYTES];
          engine.macEachBlock(key, engine.subkey(key), message, mac);
          assertThat(Arrays.equals(mac, Vectors.hex(test, "tag")))
              .isEqualTo(test.get("result").asString().equals("valid"));
          return Vectors.Outcome.RAN;
        });
  }

  /// There are no SM4-CMAC vectors here, but a second implementation.
  @Test
  void sm4CmacOfOneBlockIsThatOfBouncyCastle() throws Exception {
    var engine = new Xsm4Engine();
    for (int i = 0; i < 1000; i++) {
      var key = new RawKey("SM4", Random.bytes(AeadSuite.XSM4_GCM.keyBytes()));
      byte[] message = Random.bytes(AeadEngine.BLOCK_BYTES);
      var cmac = new CMac(new SM4Engine());
      cmac.init(new KeyParameter(key.bytes()));
      cmac.update(message, 0, message.length);
      byte[] expected = new byte[AeadEngine.BLOCK_BYTES];
      cmac.doFinal(expected, 0);

      byte[] mac = new byte[AeadEngine.BLOCK_BYTES];
      engine.macEachBlock(key, engine.subkey(key), message, mac);
      assertThat(mac).isEqualTo(expected);
    }
  }

  @Test
  void hmacSha256OfWycheproof() throws Exception {
    Vectors.wycheproof(
        "hmac_sha256_test.json",
        0,
        (group, test) -> {
          byte[] mac = Hmac.sha256(Vectors.hex(test, "key"), Vectors.hex(test, "msg"));
          byte[] truncated = Arrays.copyOf(mac, group.get("tagSize").asInt() / 8);
          assertThat(Hmac.matches(truncated, Vectors.hex(test, "tag")))
              .isEqualTo(test.get("result").asString().equals("valid"));
          return Vectors.Outcome.RAN;
        });
  }

  @Test
  void hmacTakesAnEmptyKeyAndMessage() {
    // RFC 2104 with nothing at all, as every implementation has it.
    assertThat(Hex.lowerText(Hmac.sha256(new byte[0], new byte[0])))
        .isEqualTo("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  }
}
