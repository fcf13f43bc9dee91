package dev.keyhold.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.operation.SecretText;
import dev.keyhold.operation.WireContext;
import dev.keyhold.operation.WireNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  record Tag(String key, Optional<String> value) {}

  record Ask(
      String keyId,
      Optional<WireNumber> datakeyLength,
      Optional<SecretText> plainText,
      Optional<WireContext> encryptionContext,
      Optional<Boolean> withPlainText,
      Optional<List<Tag>> tags) {
    Ask {
      if (absent(keyId)) {
        throw KmsError.MISSING_MEMBER.rejected("The member key_id is required.");
      }
    }

    private static boolean absent(@Nullable Object component) {
      return component == null;
    }
  }

  record Reply(String keyId, Optional<String> nextMarker, SecretText plainText, List<Tag> tags) {}

  private static final Json.Reader<Ask> ASK = Json.reader(Ask.class);

  private static Ask read(String body) {
    return ASK.read(body.getBytes(UTF_8));
  }

  private static void refused(ApiError error, byte[] body) {
    assertThatThrownBy(() -> ASK.read(body))
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, e -> assertThat(e.error()).isEqualTo(error));
  }

  private static void refused(ApiError error, String body) {
    refused(error, body.getBytes(UTF_8));
  }

  @Test
  void snakeCaseMembersFillTheRecord() {
    var ask =
        read(
            """
            {"key_id":"k","datakey_length":"512","plain_text":"secret \\u4e16","with_plain_text":true,
             "encryption_context":{"a":"b"},"tags":[{"key":"x","value":"y"},{"key":"z"}]}
            """);

    assertThat(ask.keyId()).isEqualTo("k");
    assertThat(ask.datakeyLength()).contains(new WireNumber("512"));
    assertThat(ask.plainText().orElseThrow().<String>lend(String::new)).isEqualTo("secret 世");
    assertThat(ask.encryptionContext()).contains(WireContext.of(Map.of("a", "b")));
    assertThat(ask.withPlainText()).contains(true);
    assertThat(ask.tags())
        .contains(List.of(new Tag("x", Optional.of("y")), new Tag("z", Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{} x", "{}{}", "{},", "{\"key_id\":1} x", "{\"key_id\":[}"})
  void soundnessOfTheWholeIsToldBeforeTheMembers(String body) {
    refused(KmsError.INVALID_JSON, body);
  }

  @Test
  void absentAndNullOptionalMembersAreEmpty() {
    var absent = read("{\"key_id\":\"k\"}");
    assertThat(absent.datakeyLength()).isEmpty();
    assertThat(absent.plainText()).isEmpty();
    assertThat(absent.tags()).isEmpty();
    var nulls =
        read("{\"key_id\":\"k\",\"datakey_length\":null,\"plain_text\":null,\"tags\":null}");
    assertThat(nulls.datakeyLength()).isEmpty();
    assertThat(nulls.plainText()).isEmpty();
    assertThat(nulls.tags()).isEmpty();
  }

  @Test
  void numbersMayTravelAsNumbers() {
    assertThat(read("{\"key_id\":\"k\",\"datakey_length\":512}").datakeyLength())
        .contains(new WireNumber("512"));
    assertThat(read("{\"key_id\":\"k\",\"datakey_length\":-1}").datakeyLength())
        .contains(new WireNumber("-1"));
  }

  @Test
  void refusalOfTheRecordItselfComesThrough() {
    refused(KmsError.MISSING_MEMBER, "{}");
    refused(KmsError.MISSING_MEMBER, "{\"key_id\":null}");
  }

  @Test
  void unknownMembersAreIgnored() {
    assertThat(read("{\"key_id\":\"k\",\"new\":{\"a\":[1,2.5,null,true,{}]}}").keyId())
        .isEqualTo("k");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"key_id\":5}",
        "{\"key_id\":true}",
        "{\"key_id\":1.5}",
        "{\"key_id\":{}}",
        "{\"key_id\":[\"k\"]}",
        "{\"key_id\":\"k\",\"datakey_length\":1.5}",
        "{\"key_id\":\"k\",\"datakey_length\":1e3}",
        "{\"key_id\":\"k\",\"datakey_length\":true}",
        "{\"key_id\":\"k\",\"datakey_length\":{}}",
        "{\"key_id\":\"k\",\"plain_text\":12}",
        "{\"key_id\":\"k\",\"plain_text\":[]}",
        "{\"key_id\":\"k\",\"with_plain_text\":\"true\"}",
        "{\"key_id\":\"k\",\"with_plain_text\":1}",
        "{\"key_id\":\"k\",\"with_plain_text\":\"\"}",
        "{\"key_id\":\"k\",\"tags\":{}}",
        "{\"key_id\":\"k\",\"tags\":\"\"}",
        "{\"key_id\":\"k\",\"tags\":[{\"key\":1}]}",
      })
  void wrongTypeOfMemberIsRefusedByName(String body) {
    assertThatThrownBy(() -> read(body))
        .isInstanceOfSatisfying(
            KmsException.Rejected.class,
            e -> {
              assertThat(e.error()).isEqualTo(KmsError.INVALID_FORMAT);
              assertThat(e.detail())
                  .containsPattern(
                      "The member"
                          + " (key_id|datakey_length|plain_text|with_plain_text|tags)"
                          + " has");
            });
  }

  /// What is missing, or wrong, beside it is told first.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[{\"a\":[]}]",
        "\"\"",
        "1",
        "true",
        "{\"a\":1}",
        "{\"a\":null}",
        "{\"a\":{}}",
        "{\"a\":{\"b\":{}},\"c\":\"d\"}",
        "{\"a\":\"b\",\"c\":[[\"d\"],{}]}"
      })
  void aContextThatIsNoObjectOfStringsIsLeftToTheOperation(String context) {
    String member = "\"encryption_context\":" + context;
    assertThat(read("{\"key_id\":\"k\"," + member + ",\"datakey_length\":1}"))
        .satisfies(ask -> assertThat(ask.encryptionContext()).contains(WireContext.MALFORMED))
        .satisfies(ask -> assertThat(ask.datakeyLength()).contains(new WireNumber("1")));
    refused(KmsError.MISSING_MEMBER, "{" + member + "}");
    refused(KmsError.INVALID_FORMAT, "{" + member + ",\"key_id\":5}");
    refused(KmsError.INVALID_JSON, "{" + member + ",\"key_id\":\"k\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "null",
        "5",
        "\"text\"",
        "[]",
        "[{\"key_id\":\"k\"}]",
        "{",
        "}",
        "{\"key_id\":\"k\"",
        "{\"key_id\":\"k\",}",
        "{\"key_id\":\"k\"}}",
        "{\"key_id\":\"k\"} {}",
        "{\"key_id\":\"k\"}x",
        "{key_id:\"k\"}",
        "{'key_id':'k'}",
        "{\"key_id\":\"k\"/* comment */}",
        "{\"key_id\":\"k\"} // comment",
        "{\"key_id\":\"k\",\"key_id\":\"k\"}",
        "{\"key_id\":\"k\",\"x\":1,\"x\":2}",
        "{\"key_id\":\"k\",\"x\":{\"y\":1,\"y\":2}}",
        "{\"key_id\":\"k\",\"encryption_context\":{\"a\":\"b\",\"a\":\"c\"}}",
        "{\"key_id\":\"k\",\"encryption_context\":{\"a\":1,\"a\":2}}",
        "{\"key_id\":\"k\",\"encryption_context\":{\"a\":{\"b\":1,\"b\":2}}}",
        "{\"key_id\":\"k\",\"\\u006bey_id\":\"k\"}",
        "{\"key_id\":\"k\",\"n\":01}",
        "{\"key_id\":\"k\",\"n\":+1}",
        "{\"key_id\":\"k\",\"n\":NaN}",
        "{\"key_id\":\"k\",\"n\":.5}",
        "{\"key_id\":\"a\tb\"}",
        "{\"key_id\":\"a\nb\"}",
        "{\"key_id\":\"\\x\"}",
        "{\"key_id\":\"\\u12\"}",
        "{\"key_id\":\"\\u0000\"}",
        "{\"key_id\":\"a\\u0000b\"}",
        "{\"key_id\":\"\\ud800\"}",
        "{\"key_id\":\"\\udc00\"}",
        "{\"key_id\":\"\\ud800\\ud800\\udc00\"}",
        "{\"key_id\":\"\\ud800x\\udc00\"}",
        "{\"key_id\":\"\\uD83D\\\\uDE00\"}",
        "{\"\\ud800\":1,\"key_id\":\"k\"}",
        "{\"key_id\":\"k\",\"x\":\"\\udfff\"}",
      })
  void unsoundTextIsRefused(String body) {
    refused(KmsError.INVALID_JSON, body);
  }

  @Test
  void pairedSurrogatesAndEscapedBackslashesAreSound() {
    assertThat(read("{\"key_id\":\"\\uD83D\\ude00 😀 \\\\u0000 \\\\ud800\"}").keyId())
        .isEqualTo("😀 😀 \\u0000 \\ud800");
  }

  @Test
  void onlyStrictUtf8IsRead() {
    refused(KmsError.INVALID_JSON, "\uFEFF{\"key_id\":\"k\"}");
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"k\"}".getBytes(UTF_16LE));
    refused(
        KmsError.INVALID_JSON,
        "{\"key_id\":\"k\"}".getBytes(java.nio.charset.StandardCharsets.UTF_16BE));
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"é\"}".getBytes(ISO_8859_1));
    for (var bad :
        List.of(
            "\u00c0\u00af",
            "\u00ed\u00a0\u0080",
            "\u00f5\u0080\u0080\u0080",
            "\u00e4\u00b8",
            "\u00ff")) {
      refused(KmsError.INVALID_JSON, ("{\"key_id\":\"" + bad + "\"}").getBytes(ISO_8859_1));
      refused(KmsError.INVALID_JSON, ("{\"key_id\":\"k\",\"" + bad + "\":1}").getBytes(ISO_8859_1));
    }
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"a\0b\"}");
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"k\"}\0");
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"é\0\"}");
  }

  @Test
  void everyPositionOfAnUnplainByteIsSeen() {
    for (int length = 0; length < 24; length++) {
      refused(KmsError.INVALID_JSON, "{\"key_id\":\"" + "x".repeat(length) + "\\u0000\"}");
      refused(
          KmsError.INVALID_JSON,
          ("{\"key_id\":\"" + "x".repeat(length) + "\u00ff\"}").getBytes(ISO_8859_1));
    }
  }

  @Test
  void documentsWithinTheBoundsAreReadAndNoLargerOnes() {
    assertThat(read("{\"key_id\":\"" + "k".repeat(256 * 1024) + "\"}").keyId()).hasSize(262144);
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"" + "k".repeat(256 * 1024 + 1) + "\"}");
    read("{\"key_id\":\"k\",\"x\":" + "[".repeat(15) + "]".repeat(15) + "}");
    refused(
        KmsError.INVALID_JSON, "{\"key_id\":\"k\",\"x\":" + "[".repeat(16) + "]".repeat(16) + "}");
    refused(KmsError.INVALID_JSON, "{\"x\":" + "[".repeat(100_000));
    refused(KmsError.INVALID_JSON, "{\"a\":".repeat(10_000));
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"k\",\"x\":" + "9".repeat(33) + "}");
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"k\",\"x\":" + "9".repeat(1_000_000) + "}");
    refused(KmsError.INVALID_JSON, "{\"key_id\":\"k\",\"" + "n".repeat(257) + "\":1}");
    var many = new StringBuilder("{\"key_id\":\"k\"");
    for (int i = 0; i < 1_000_000; i++) {
      many.append(",\"").append(i).append("\":0");
    }
    refused(KmsError.INVALID_JSON, many.append('}').toString());
  }

  @Test
  void refusalsDoNotQuoteTheBody() {
    for (var body :
        List.of(
            "{\"key_id\":\"canary",
            "{\"key_id\":canary}",
            "{\"encryption_context\":{\"canary\":1}}")) { // lacks a key
      assertThatThrownBy(() -> read(body)).message().doesNotContain("canary");
    }
  }

  @Test
  void answersKeepTheOrderOfTheRecordAndOmitEmptyOptionals() {
    var reply =
        new Reply(
            "a/b",
            Optional.empty(),
            new SecretText("x\"世".toCharArray()),
            List.of(new Tag("k", Optional.of("v"))));

    assertThat(Json.write(reply).toString(UTF_8))
        .isEqualTo(
            "{\"key_id\":\"a/b\",\"plain_text\":\"x\\\"世\",\"tags\":[{\"key\":\"k\",\"value\":\"v\"}]}");
  }

  @Test
  void secretTextIsRedactedAndGoneOnceClosed() {
    var text = new SecretText("secret".toCharArray());
    assertThat(text).hasToString("SecretText[redacted]");
    text.close();
    assertThatThrownBy(text::length).isInstanceOf(NullPointerException.class);
  }

  record Inner(SecretText secret) {
    Inner {
      SEEN.add(secret);
    }
  }

  record Outer(Inner inner, SecretText secret, String keyId) {
    Outer {
      SEEN.add(secret);
      if (Ask.absent(keyId)) {
        throw KmsError.MISSING_MEMBER.rejected("key_id is required.");
      }
    }
  }

  private static final List<SecretText> SEEN = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"key_id\":5", ",\"key_id\":\"k\"", ",\"key_id\":\"k\"} x"})
  void secretsOfARecordThatIsNotMadeAreWiped(String rest) {
    SEEN.clear();
    String body = "{\"inner\":{\"secret\":\"canary\"},\"secret\":\"canary\"" + rest + "}";
    var reader = Json.reader(Outer.class);
    if (body.endsWith("\"k\"}")) {
      reader.read(body.getBytes(UTF_8));
      assertThat(SEEN).hasSize(2).allSatisfy(secret -> assertThat(secret.length()).isEqualTo(6));
      return;
    }
    assertThatThrownBy(() -> reader.read(body.getBytes(UTF_8)))
        .isInstanceOf(KmsException.Rejected.class);
    assertThat(SEEN)
        .isNotEmpty()
        .allSatisfy(secret ->
            assertThatThrownBy(secret::length).hasMessageContaining("secret text is closed"));
  }
}
