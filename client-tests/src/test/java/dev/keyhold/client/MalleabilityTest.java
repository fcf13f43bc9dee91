package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// No altered container of a data key opens, and all refusals look the same.
class MalleabilityTest {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final Http http = SharedServer.http();
  private final Kms kms = SharedServer.kms();

  private Answer open(String key, byte[] container) {
    return http.kms(
        "decrypt-datakey",
        Map.of(
            "key_id", key, "cipher_text", HEX.formatHex(container), "datakey_cipher_length", "64"));
  }

  private byte[] wrap(String key, String dek) {
    return HEX.parseHex(kms.encrypt(key, dek).getCipherText());
  }

  @Test
  void everyAlterationIsRefusedAlike() {
    for (String key : List.of(kms.newKey(), kms.newSm4Key())) {
      var created = http.kms("create-datakey", Map.of("key_id", key, "datakey_length", "512")).ok();
      byte[] container = HEX.parseHex(created.text("cipher_text"));
      assertThat(container).hasSize(188);
      var altered = new ArrayList<byte[]>();
      for (int at = 0; at < container.length; at++) {
        for (int flip : new int[] {0x01, 0x80, 0xFF}) {
          byte[] copy = container.clone();
          copy[at] ^= (byte) flip;
          altered.add(copy);
          if (at < container.length - 32) {
            altered.add(withChecksum(copy)); // or the checksum alone would refuse it
          }
        }
      }
      for (int length : new int[] {0, 1, 4, 44, 75, 76, 92, 123, 124, 156, 172, 187}) {
        altered.add(Arrays.copyOf(container, length));
      }
      altered.add(Arrays.copyOf(container, 189));
      altered.add(Arrays.copyOf(container, 204));

      var bodies = new HashSet<String>();
      for (byte[] each : altered) {
        Answer answer = open(key, each);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("KMS.2201");
        bodies.add(answer.body());
      }
      assertThat(bodies).hasSize(1);
      assertThat(open(key, container).ok().text("data_key")).isEqualTo(created.text("plain_text"));
    }
  }

  @Test
  void containersCanNotBeSpliced() {
    String key = kms.newKey();
    String otherKey = kms.newKey();
    byte[] one = wrap(key, Deks.random(64));
    byte[] two = wrap(key, Deks.random(64));
    byte[] ofOther = wrap(otherKey, Deks.random(64));

    var bodies = new HashSet<String>();
    for (int cut : new int[] {5, 16, 28, 60, 100, 115}) {
      byte[] spliced = one.clone();
      System.arraycopy(two, cut, spliced, cut, 156 - cut);
      bodies.add(refusal(open(key, withChecksum(spliced))));
    }
    byte[] renamed = ofOther.clone(); // made by another key, under this one's name
    System.arraycopy(one, 116, renamed, 116, 36);
    bodies.add(refusal(open(key, withChecksum(renamed))));
    bodies.add(refusal(open(key, ofOther)));
    bodies.add(refusal(open(otherKey, one)));
    byte[] version = one.clone();
    version[152] = 1;
    bodies.add(refusal(open(key, withChecksum(version))));
    byte[] format = one.clone();
    format[0] = 1;
    bodies.add(refusal(open(key, withChecksum(format))));

    assertThat(bodies).hasSize(1);
  }

  private static String refusal(Answer answer) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("KMS.2201");
    return answer.body();
  }

  private static byte[] withChecksum(byte[] container) {
    byte[] copy = container.clone();
    int end = copy.length - 32;
    byte[] checksum = HexFormat.of().parseHex(Deks.sha256(HexFormat.of().formatHex(copy, 0, end)));
    System.arraycopy(checksum, 0, copy, end, 32);
    return copy;
  }
}
