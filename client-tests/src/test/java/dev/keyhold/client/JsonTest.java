package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How request bodies are read.
class JsonTest {
  private final Http http = SharedServer.http();
  private final String key = SharedServer.kms().newKey();

  private static void isRefused(String code, Answer answer) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(400);
    assertThat(answer.code()).describedAs(answer.body()).isEqualTo(code);
    assertThat(answer.body()).doesNotContain("Exception", "dev.keyhold", "\tat ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{}{}",
        "{} x",
        "{},",
        "nonsense",
        "[]",
        "[{}]",
        "\"key_id\"",
        "1",
        "null",
        "true",
        "{'random_data_length':'8'}",
        "{random_data_length:8}",
        "{\"random_data_length\":\"8\",}",
        "{\"random_data_length\":\"8\"} // so",
        "/* so */ {\"random_data_length\":\"8\"}",
        "{\"random_data_length\":\"8\"}\u0000",
        "\uFEFF{\"random_data_length\":\"8\"}",
        "{\"random_data_length\":NaN}",
        "{\"random_data_length\":08}",
        "{\"random_data_length\":+8}",
        "{\"random_data_length\":\"8\n\"}",
        "{\"random_data_length\":\"\\x38\"}",
        "{\"random_data_length\":\"8\",\"sequence\":\"\\uD8\"}"
      })
  void whatIsNoSoundObjectIsRefused(String body) {
    isRefused("KMS.0202", http.kms("gen-random", body));
  }

  @Test
  void emptyBodyIsRefused() {
    for (String body : new String[] {"", " ", "\n"}) {
      Answer answer = http.kms("gen-random", body);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.code()).isIn("KMS.0202", "KMS.0204");
    }
  }

  @Test
  void memberThatComesTwiceIsRefused() {
    for (String body :
        new String[] {
          "{\"random_data_length\":\"8\",\"random_data_length\":\"8\"}",
          "{\"random_data_length\":\"8\",\"sequence\":null,\"sequence\":null}",
          "{\"random_data_length\":\"8\",\"random_data_\\u006cength\":\"16\"}",
          "{\"random_data_length\":\"8\",\"x\":{\"y\":1,\"y\":1}}"
        }) {
      isRefused("KMS.0202", http.kms("gen-random", body));
    }
    isRefused(
        "KMS.0202",
        http.kms(
            "create-datakey",
            "{\"key_id\":\"" + key + "\",\"encryption_context\":{\"a\":\"1\",\"a\":\"2\"}}"));
  }

  @Test
  void depthIsBounded() {
    for (int depth : new int[] {100, 5000}) {
      isRefused(
          "KMS.0202",
          http.kms(
              "gen-random",
              "{\"random_data_length\":\"8\",\"x\":"
                  + "[".repeat(depth)
                  + "]".repeat(depth)
                  + "}"));
      isRefused("KMS.0202", http.kms("gen-random", "[".repeat(depth)));
      isRefused("KMS.0202", http.kms("gen-random", "{\"x\":".repeat(depth / 5)));
    }
  }

  @Test
  void numberOfAnyLengthIsSurvived() {
    Answer answer = http.kms("gen-random", "{\"random_data_length\":" + "1".repeat(10_000) + "}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isIn("KMS.0202", "KMS.1801");
  }

  @Test
  void thousandsOfMembersAreSurvived() {
    String members =
        IntStream.range(0, 1200)
            .mapToObj(i -> "\"m" + i + "\":" + i)
            .collect(Collectors.joining(","));

    Answer answer = http.kms("gen-random", "{\"random_data_length\":\"8\"," + members + "}");

    assertThat(answer.status()).isIn(200, 400);
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() {
    for (String bad :
        new String[] {"80", "C3", "C328", "C0AF", "E28228", "EDA080", "F5808080", "FF"}) {
      String body = "{\"random_data_length\":\"8\",\"x\":\"?\"}";
      byte[] bytes =
          HexFormat.of()
              .parseHex(
                  HexFormat.of()
                      .formatHex(body.getBytes(StandardCharsets.US_ASCII))
                      .replace("3f", bad));
      isRefused("KMS.0202", http.kms("gen-random", bytes));
    }
  }

  @Test
  void otherEncodingsOfUnicodeAreRefused() {
    String body = "{\"random_data_length\":\"8\"}";

    isRefused("KMS.0202", http.kms("gen-random", body.getBytes(StandardCharsets.UTF_16)));
    isRefused("KMS.0202", http.kms("gen-random", body.getBytes(StandardCharsets.UTF_16LE)));
  }

  @Test
  void loneSurrogateIsRefused() {
    Answer answer =
        http.kms(
            "create-key",
            "{\"key_alias\":\"" + Names.fresh() + "\",\"key_description\":\"\\uD800\"}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isIn("KMS.0202", "KMS.1103");
  }

  @ParameterizedTest
  @CsvSource({
    "gen-random, random_data_length",
    "create-key, key_alias",
    "enable-key, key_id",
    "disable-key, key_id",
    "cancel-key-deletion, key_id",
    "describe-key, key_id",
    "schedule-key-deletion, key_id",
    "schedule-key-deletion, pending_days",
    "update-key-alias, key_id",
    "update-key-alias, key_alias",
    "update-key-description, key_id",
    "update-key-description, key_description",
    "create-datakey, key_id",
    "create-datakey-without-plaintext, key_id",
    "encrypt-datakey, key_id",
    "encrypt-datakey, plain_text",
    "encrypt-datakey, datakey_plain_length",
    "decrypt-datakey, key_id",
    "decrypt-datakey, cipher_text",
    "decrypt-datakey, datakey_cipher_length"
  })
  void requiredMemberIsMissedByItsName(String action, String member) {
    var body = new LinkedHashMap<String, Object>();
    body.put("random_data_length", "8");
    body.put("key_alias", Names.fresh());
    body.put("key_id", key);
    body.put("pending_days", "7");
    body.put("key_description", "d");
    body.put("plain_text", Deks.withSha256(Deks.EXAMPLE));
    body.put("datakey_plain_length", "64");
    body.put("cipher_text", "00");
    body.put("datakey_cipher_length", "64");
    body.remove(member);

    Answer absent = http.kms(action, body);
    isRefused("KMS.0204", absent);
    assertThat(absent.body()).contains(member);
    body.put(member, null);
    isRefused("KMS.0204", http.kms(action, body));
  }

  @Test
  void numbersMayBeStringsOrNumbers() {
    for (String length : new String[] {"\"64\"", "64"}) {
      String plainText = Deks.withSha256(Deks.EXAMPLE);
      String cipherText =
          http.kms(
                  "encrypt-datakey",
                  "{\"key_id\":\"%s\",\"plain_text\":\"%s\",\"datakey_plain_length\":%s}"
                      .formatted(key, plainText, length))
              .ok()
              .text("cipher_text");
      Answer opened =
          http.kms(
                  "decrypt-datakey",
                  "{\"key_id\":\"%s\",\"cipher_text\":\"%s\",\"datakey_cipher_length\":%s}"
                      .formatted(key, cipherText, length))
              .ok();
      assertThat(opened.text("data_key")).isEqualToIgnoringCase(Deks.EXAMPLE);
      assertThat(opened.text("datakey_length")).isEqualTo("64");
      http.kms("gen-random", "{\"random_data_length\":" + length + "}").ok();
      http.kms("create-datakey", "{\"key_id\":\"" + key + "\",\"datakey_length\":" + length + "}")
          .ok();
      http.kms("list-keys", "{\"limit\":" + length + ",\"marker\":" + length + "}").ok();
    }
    String doomed = SharedServer.kms().newKey();
    http.kms("schedule-key-deletion", "{\"key_id\":\"" + doomed + "\",\"pending_days\":7}").ok();
  }

  @ParameterizedTest
  @ValueSource(strings = {"8.0", "8e0", "-8", "1e1", "8.5"})
  void numberMustBeWrittenAsAWholeOne(String number) {
    Answer answer = http.kms("gen-random", "{\"random_data_length\":" + number + "}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isIn("KMS.0214", "KMS.1801");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"random_data_length\":true}",
        "{\"random_data_length\":[]}",
        "{\"random_data_length\":{}}",
        "{\"random_data_length\":[\"8\"]}",
        "{\"random_data_length\":\"8\",\"sequence\":1}",
        "{\"random_data_length\":\"8\",\"sequence\":{}}"
      })
  void memberOfAWrongTypeIsRefused(String body) {
    Answer answer = http.kms("gen-random", body);

    assertThat(answer.status()).describedAs(body).isEqualTo(400);
    assertThat(answer.code()).startsWith("KMS.");
  }

  @Test
  void unknownAndNullMembersAreIgnored() {
    http.kms(
            "gen-random",
            "{\"random_data_length\":\"8\",\"sequence\":null,\"tomorrow\":{\"x\":[1,\"\",null]}}")
        .ok();
  }

  @Test
  void escapesAreRead() {
    String dek = Deks.random(1);
    String plainText = Deks.withSha256(dek);
    String escaped =
        plainText.chars().mapToObj(c -> "\\u%04x".formatted(c)).collect(Collectors.joining());

    http.kms(
            "encrypt-datakey",
            "{\"key_id\":\"%s\",\"pla\\u0069n_text\":\"%s\",\"datakey_plain_length\":\"\\u0031\"}"
                .formatted(key, escaped))
        .ok();
  }

  /// Of two mistakes the first in the API's order is told (kms-api 2.1).
  @Test
  void mistakesAreToldInTheOrderOfTheApi() {
    var good = new LinkedHashMap<String, Object>();
    good.put("key_id", Names.UNKNOWN_KEY);
    good.put("plain_text", Deks.withSha256(Deks.EXAMPLE));
    good.put("datakey_plain_length", "64");

    var body = new LinkedHashMap<String, Object>(good);
    isCode("KMS.0207", body);
    body.put("plain_text", Deks.EXAMPLE + "00".repeat(32));
    isCode("KMS.2103", body);
    body.put("plain_text", Deks.EXAMPLE);
    isCode("KMS.2104", body);
    body.put("plain_text", "xyz");
    isCode("KMS.2101", body);
    body.put("datakey_plain_length", "0");
    isCode("KMS.2102", body);
    body.put("additional_authenticated_data", "x".repeat(129));
    isCode("KMS.0308", body);
    body.put("sequence", "x");
    isCode("KMS.0206", body);
    body.put("key_id", "x");
    isCode("KMS.0205", body);
    body.remove("plain_text");
    isCode("KMS.0204", body);
    isRefused("KMS.0202", http.kms("encrypt-datakey", Http.json(body) + "x"));
  }

  private void isCode(String code, Map<String, ?> body) {
    assertThat(http.kms("encrypt-datakey", body).code()).isEqualTo(code);
  }
}
