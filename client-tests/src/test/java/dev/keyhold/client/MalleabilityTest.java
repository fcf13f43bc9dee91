package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// No altered container of a data key opens, and all refusals look the same.
class MalleabilityTest {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final Http http = SharedServer.http();
  private final Kms kms = SharedServer.kms();

  private Answer open(String key, byte[] container) {
    return open(key, container, Map.of());
  }

  /// @param context the members that say what was authenticated with the data key
  private Answer open(String key, byte[] container, Map<String, ?> context) {
    var request = new HashMap<String, Object>(context);
    request.put("key_id", key);
    request.put("cipher_text", HEX.formatHex(container));
    request.put("datakey_cipher_length", "64");
    return http.kms("decrypt-datakey", request);
  }

  private record Datakey(String ciphertext, String plaintext) {
    byte[] container() {
      return HEX.parseHex(ciphertext);
    }
  }

  private Datakey make(String key, Map<String, ?> context) {
    var request = new HashMap<String, Object>(context);
    request.put("key_id", key);
    request.put("datakey_length", "512");
    Answer created = http.kms("create-datakey", request).ok();
    return new Datakey(created.text("cipher_text"), created.text("plain_text"));
  }

  @Test
  void everyAlterationIsRefusedAlike() {
    var bodies = new HashSet<String>();
    for (var keys :
        List.of(
            List.of(kms.newKey(), kms.newKey()), //
            List.of(kms.newSm4Key(), kms.newSm4Key()))) {
      alterBytes(keys.getFirst(), bodies);
      alterLength(keys.getFirst(), bodies);
      alterContext(keys.getFirst(), bodies);
      splice(keys.getFirst(), keys.getLast(), bodies);
    }
    assertThat(bodies).hasSize(1);
  }

  private void alterBytes(String key, Set<String> bodies) {
    Datakey made = make(key, Map.of());
    byte[] container = made.container();
    assertThat(container).hasSize(188);
    for (int at = 0; at < container.length; at++) {
      for (int flip : new int[] {0x01, 0x80, 0xFF}) {
        byte[] copy = container.clone();
        copy[at] ^= (byte) flip;
        bodies.add(refusal(open(key, copy)));
        if (at < container.length - 32) {
          // Or the checksum alone would refuse it.
          bodies.add(refusal(open(key, withChecksum(copy))));
        }
      }
    }
    assertThat(open(key, container).ok().text("data_key")).isEqualTo(made.plaintext());
  }

  /// Each length below, and above it whole and broken blocks up to more than any container has;
  /// with the checksum that belongs to them where there is room for one.
  private void alterLength(String key, Set<String> bodies) {
    byte[] container = make(key, Map.of()).container();
    var lengths =
        IntStream.concat(
            IntStream.range(0, container.length),
            IntStream.of(189, 190, 196, 203, 204, 205, 219, 220, 252, 4204, 4220, 4236, 7000));
    lengths.forEach(length -> {
      byte[] copy = Arrays.copyOf(container, length);
      bodies.add(refusal(open(key, copy)));
      if (length >= 32) {
        bodies.add(refusal(open(key, withChecksum(copy))));
      }
    });
  }

  private void alterContext(String key, Set<String> bodies) {
    Map<String, String> none = Map.of();
    var text = Map.of("additional_authenticated_data", "123aad");
    var pairs = Map.of("encryption_context", Map.of("a", "1", "b", "2"));
    List<Map<String, ?>> contexts =
        List.of(
            none,
            text,
            Map.of("additional_authenticated_data", "123aae"),
            Map.of("additional_authenticated_data", "123aa"),
            Map.of("additional_authenticated_data", "123aad "),
            Map.of("additional_authenticated_data", "{\"a\":\"1\",\"b\":\"2\"}"),
            pairs,
            Map.of("encryption_context", Map.of("a", "1")),
            Map.of("encryption_context", Map.of("a", "2", "b", "1")),
            Map.of("encryption_context", Map.of("a", "1", "b", "2", "c", "3")),
            Map.of("encryption_context", Map.of("a", "1b", "", "2")));
    for (Map<String, ?> right : List.of(none, text, pairs)) {
      Datakey made = make(key, right);
      for (Map<String, ?> given : contexts) {
        Answer answer = open(key, made.container(), given);
        if (given.equals(right)) {
          assertThat(answer.ok().text("data_key")).isEqualTo(made.plaintext());
        } else {
          bodies.add(refusal(answer));
        }
      }
    }
  }

  private void splice(String key, String otherKey, Set<String> bodies) {
    byte[] one = make(key, Map.of()).container();
    byte[] two = make(key, Map.of()).container();
    byte[] ofOther = make(otherKey, Map.of()).container();
    // At least eight bytes of either: with fewer the result might be one of the two.
    for (int cut = 12; cut <= 108; cut++) {
      byte[] spliced = one.clone();
      System.arraycopy(two, cut, spliced, cut, 188 - cut);
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
  }

  /// What is said of it is what the caller sees without the server.
  @Test
  void whatIsNoHexadecimalIsRefusedWithAWordMore() {
    String key = kms.newKey();
    String container = HEX.formatHex(make(key, Map.of()).container());
    for (String text : List.of(container + "0", container.substring(1), "x" + container)) {
      Answer answer =
          http.kms(
              "decrypt-datakey",
              Map.of("key_id", key, "cipher_text", text, "datakey_cipher_length", "64"));
      assertThat(refusal(answer)).contains("hexadecimal");
    }
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
