package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// C2SP XAES-256-GCM.
class XaesVectorTest {
  @Test
  void everyVectorSealsAndOpens() throws Exception {
    JsonNode root = Vectors.load("xaes/xaes_256_gcm.json");
    int ran = 0;
    for (JsonNode test : root.get("tests")) {
      byte[] nonce = Vectors.hex(test, "nonce");
      byte[] aad = Vectors.hex(test, "aad");
      byte[] msg = Vectors.hex(test, "msg");
      byte[] ct = Vectors.hex(test, "ct");
      checkDerivation(test);
      try (var key = key(Vectors.hex(test, "key"))) {
        assertThat(seal(key, nonce, msg, aad)).isEqualTo(ct);
        assertThat(key.open(Vectors.concatenated(nonce, ct), aad).orElseThrow().lend(byte[]::clone))
            .isEqualTo(msg);
      }
      ran++;
    }
    assertThat(ran).isEqualTo(root.get("tests").size()).isEqualTo(2);
  }

  private static void checkDerivation(JsonNode test) throws Exception {
    var engine = new XaesEngine();
    var key = new RawKey("AES", Vectors.hex(test, "key"));
    byte[] k1 = engine.subkey(key);
    assertThat(k1).isEqualTo(Vectors.hex(test, "K1"));
    assertThat(engine.deriveMessageKey(key, k1, Vectors.hex(test, "nonce"), 0).bytes())
        .isEqualTo(Vectors.hex(test, "derivedKey"));
  }

  /// Over 10 000 keys, nonces and lengths; in a long run, of some minutes, over a million.
  @Test
  @Tag(Chaos.TAG)
  @Tag(Chaos.QUICK)
  void randomMessagesGiveTheAccumulatedDigests() {
    JsonNode digests = Vectors.load("xaes/xaes_256_gcm.json").get("accumulated").get("digests");
    int most = Chaos.measures() ? 1_000_000 : 10_000;
    var source = new SHAKEDigest(128);
    var result = new SHAKEDigest(128);
    int done = 0;
    int checked = 0;
    for (JsonNode expected : digests) {
      if (expected.get("iterations").asInt() > most) {
        continue;
      }
      for (; done < expected.get("iterations").asInt(); done++) {
        byte[] ciphertext = sealNext(source);
        result.update(ciphertext, 0, ciphertext.length);
      }
      byte[] digest = new byte[32];
      new SHAKEDigest(result).doOutput(digest, 0, digest.length);
      assertThat(digest).isEqualTo(Vectors.hex(expected, "digest"));
      checked++;
    }
    assertThat(checked).isEqualTo(Chaos.measures() ? digests.size() : 1);
    assertThat(done).isEqualTo(most);
  }

  private static byte[] sealNext(SHAKEDigest source) {
    byte[] keyBytes = read(source, AeadSuite.XAES_256_GCM.keyBytes());
    byte[] nonce = read(source, AeadKey.NONCE_BYTES);
    byte[] plaintext = read(source, read(source, 1)[0] & 0xff);
    byte[] aad = read(source, read(source, 1)[0] & 0xff);
    try (var key = key(keyBytes)) {
      byte[] ciphertext = seal(key, nonce, plaintext, aad);
      Optional<KeyMaterial> opened = key.open(Vectors.concatenated(nonce, ciphertext), aad);
      if (!opened.orElseThrow().<Boolean>lend(bytes -> Arrays.equals(bytes, plaintext))) {
        throw new AssertionError("another plaintext came back");
      }
      return ciphertext;
    }
  }

  private static byte[] read(SHAKEDigest source, int length) {
    byte[] out = new byte[length];
    source.doOutput(out, 0, length);
    return out;
  }

  private static AeadKey key(byte[] bytes) {
    return AeadKey.of(AeadSuite.XAES_256_GCM, new KeyMaterial(bytes));
  }

  private static byte[] seal(AeadKey key, byte[] nonce, byte[] plaintext, byte[] aad) {
    byte[] out = new byte[plaintext.length + AeadKey.TAG_BYTES];
    key.seal(nonce, 0, aad, aad.length, plaintext, 0, plaintext.length, out, 0);
    return out;
  }
}
