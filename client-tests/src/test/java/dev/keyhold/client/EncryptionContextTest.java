package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// `encryption_context`, the older editions' form of associated data, which the SDK no longer has.
class EncryptionContextTest {
  private final Http http = SharedServer.http();
  private final String key = SharedServer.kms().newKey();

  private Answer create(String context) {
    return http.kms(
        "create-datakey", "{\"key_id\":\"" + key + "\",\"encryption_context\":" + context + "}");
  }

  private Answer open(String cipherText, Optional<String> context) {
    String member = context.map(it -> ",\"encryption_context\":" + it).orElse("");
    return http.kms(
        "decrypt-datakey",
        "{\"key_id\":\"%s\",\"cipher_text\":\"%s\",\"datakey_cipher_length\":\"64\"%s}"
            .formatted(key, cipherText, member));
  }

  private static void isRefused(String code, Answer answer) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(400);
    assertThat(answer.code()).describedAs(answer.body()).isEqualTo(code);
  }

  @Test
  void contextMustBeRepeatedInAnyOrder() {
    Answer created = create("{\"a\":\"1\",\"b\":\"2\",\"密\":\"\"}").ok();
    String cipherText = created.text("cipher_text");

    Answer opened = open(cipherText, Optional.of("{\"密\":\"\", \"b\":\"2\", \"a\":\"1\"}")).ok();
    assertThat(opened.text("data_key")).isEqualTo(created.text("plain_text"));

    for (String other :
        List.of(
            "{}",
            "{\"a\":\"1\"}",
            "{\"a\":\"1\",\"b\":\"2\"}",
            "{\"a\":\"2\",\"b\":\"1\",\"密\":\"\"}",
            "{\"A\":\"1\",\"b\":\"2\",\"密\":\"\"}",
            "{\"a\":\"1\",\"b\":\"2\",\"密\":\"\",\"c\":\"3\"}",
            "{\"a\":\"1b\",\"b\":\"2\",\"密\":\"\"}")) {
      isRefused("KMS.2201", open(cipherText, Optional.of(other)));
    }
    isRefused("KMS.2201", open(cipherText, Optional.empty()));
  }

  @Test
  void allThreeDatakeyCallsTakeIt() {
    String context = "{\"a\":\"1\"}";
    String unseen =
        http.kms(
                "create-datakey-without-plaintext",
                "{\"key_id\":\"" + key + "\",\"encryption_context\":" + context + "}")
            .ok()
            .text("cipher_text");
    open(unseen, Optional.of(context)).ok();
    String wrapped =
        http.kms(
                "encrypt-datakey",
                ("{\"key_id\":\"%s\",\"plain_text\":\"%s\",\"datakey_plain_length\":\"64\","
                        + "\"encryption_context\":%s}")
                    .formatted(key, Deks.withSha256(Deks.EXAMPLE), context))
            .ok()
            .text("cipher_text");
    assertThat(open(wrapped, Optional.of(context)).ok().text("data_key"))
        .isEqualToIgnoringCase(Deks.EXAMPLE);
  }

  @Test
  void pairsDoNotRunTogether() {
    String cipherText = create("{\"ab\":\"c\"}").ok().text("cipher_text");

    for (String other :
        List.of("{\"a\":\"bc\"}", "{\"abc\":\"\"}", "{\"\":\"abc\"}", "{\"ab\":\"c\",\"\":\"\"}")) {
      Answer answer = open(cipherText, Optional.of(other));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.code()).isIn("KMS.2201", "KMS.0208"); // an empty name may be refused
    }
  }

  @Test
  void contextIsNotTheSameAsAad() {
    String bound = create("{\"a\":\"1\"}").ok().text("cipher_text");
    for (String aad : List.of("a1", "a=1", "{\"a\":\"1\"}")) {
      var body = new LinkedHashMap<String, Object>();
      body.put("key_id", key);
      body.put("cipher_text", bound);
      body.put("datakey_cipher_length", "64");
      body.put("additional_authenticated_data", aad);
      isRefused("KMS.2201", http.kms("decrypt-datakey", body));
    }
  }

  @Test
  void emptyContextIsNone() {
    String none = create("{}").ok().text("cipher_text");

    open(none, Optional.empty()).ok();
    open(none, Optional.of("{}")).ok();
    open(none, Optional.of("null")).ok();
  }

  @Test
  void malformedContextIsRefused() {
    for (String bad :
        List.of("\"a\"", "[]", "1", "{\"a\":1}", "{\"a\":null}", "{\"a\":{}}", "{\"a\":[\"1\"]}")) {
      Answer answer = create(bad);
      assertThat(answer.status()).describedAs(bad).isEqualTo(400);
      assertThat(answer.code()).describedAs(bad).isEqualTo("KMS.0208");
    }
  }

  @Test
  void contextHasAtMost8192Characters() {
    create("{\"a\":\"" + "x".repeat(8000) + "\"}").ok();
    isRefused("KMS.0208", create("{\"a\":\"" + "x".repeat(8193) + "\"}"));
    isRefused(
        "KMS.0208",
        create("{\"a\":\"" + "x".repeat(4100) + "\",\"b\":\"" + "y".repeat(4100) + "\"}"));
  }

  /// The punctuation of pairs takes more room than they do.
  @Test
  void contextOfManySmallPairsFitsHoweverItIsSpelled() {
    String pairs =
        IntStream.range(0, 4096)
            .mapToObj(i -> "\"\\u%04x\":\"\\u4e00\"".formatted(0x4e00 + i))
            .collect(Collectors.joining(",", "{", "}"));
    String cipherText = create(pairs).ok().text("cipher_text");
    open(cipherText, Optional.of(pairs)).ok();
    String data =
        http.kms(
                "encrypt-data",
                "{\"key_id\":\"%s\",\"plain_text\":\"%s\",\"encryption_context\":%s}"
                    .formatted(key, "\\u0041".repeat(4096), pairs))
            .ok()
            .text("cipher_text");
    http.kms(
            "decrypt-data",
            "{\"cipher_text\":\"%s\",\"encryption_context\":%s}".formatted(data, pairs))
        .ok();
  }

  @Test
  void contextAndAadExcludeEachOther() {
    isRefused(
        "KMS.0308",
        http.kms(
            "create-datakey",
            Map.of(
                "key_id",
                key,
                "additional_authenticated_data",
                "123aad",
                "encryption_context",
                Map.of("a", "1"))));
  }
}
