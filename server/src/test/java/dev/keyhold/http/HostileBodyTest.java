package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.KMS;
import static dev.keyhold.http.TestEdge.kms;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bodies that are too long, badly framed, or no sound JSON.
@Timeout(60)
class HostileBodyTest {
  private static final String CHUNKED =
      "POST "
          + KMS
          + "echo HTTP/1.1\r\nHost: a\r\nX-Auth-Token: good\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final int LIMIT = 16 * 1024;

  private static TestEdge edge;

  @BeforeAll
  static void start() throws IOException {
    edge = new TestEdge();
  }

  @AfterAll
  static void stop() {
    edge.close();
  }

  private static Arguments row(String name, String body, String code) {
    return Arguments.of(name, new String(body.getBytes(UTF_8), ISO_8859_1), code);
  }

  static Stream<Arguments> documents() {
    String manyKeys =
        IntStream.range(0, 1500)
            .mapToObj(i -> "\"" + i + "\":0")
            .collect(Collectors.joining(",", "{", "}"));
    return Stream.of(
        row("empty", "", "KMS.0202"),
        row("no object", "[]", "KMS.0202"),
        row("null", "null", "KMS.0202"),
        row("cut short", "{\"key_id\":\"k\"", "KMS.0202"),
        row("deep nesting", "{\"x\":" + "[".repeat(10_000), "KMS.0202"),
        row("deep nesting of objects", "{\"a\":".repeat(2_000), "KMS.0202"),
        row("many keys", manyKeys, "KMS.0204"),
        row("long number", "{\"key_id\":\"k\",\"x\":" + "1".repeat(10_000) + "}", "KMS.0202"),
        row("exponent", "{\"key_id\":1e999999999}", "KMS.0214"),
        row("duplicate key", "{\"key_id\":\"k\",\"key_id\":\"l\"}", "KMS.0202"),
        row("byte order mark", "\uFEFF{\"key_id\":\"k\"}", "KMS.0202"),
        row("NUL", "{\"key_id\":\"a\0\"}", "KMS.0202"),
        row("escaped NUL", "{\"key_id\":\"\\u0000\"}", "KMS.0202"),
        row("lone surrogate", "{\"key_id\":\"\\ud83d\"}", "KMS.0202"),
        row("comment", "{\"key_id\":\"k\"/**/}", "KMS.0202"),
        row("trailing bytes", "{\"key_id\":\"k\"}x", "KMS.0202"),
        row("second document", "{\"key_id\":\"k\"}{}", "KMS.0202"),
        row("missing member", "{}", "KMS.0204"),
        row("number for a string", "{\"key_id\":1}", "KMS.0214"),
        row("object for a string", "{\"key_id\":{}}", "KMS.0214"),
        Arguments.of("invalid UTF-8", "{\"key_id\":\"\u00ff\"}", "KMS.0202"),
        Arguments.of("overlong UTF-8", "{\"key_id\":\"\u00c0\u00af\"}", "KMS.0202"),
        Arguments.of("surrogate in UTF-8", "{\"key_id\":\"\u00ed\u00a0\u0080\"}", "KMS.0202"),
        Arguments.of("UTF-16", "{\0\"\0k\0", "KMS.0202"),
        Arguments.of("binary", "\u0000\u0001\u0002", "KMS.0202"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("documents")
  void unsoundDocumentIsRefusedAndTheConnectionGoesOn(String name, String body, String code)
      throws IOException {
    try (var client = edge.connect()) {
      var response = client.send(kms("echo", body)).receive();
      assertThat(response.status()).isEqualTo(400);
      Refusals.assertKms(response, code);

      var chunked = CHUNKED + (body.isEmpty() ? "" : chunk(body)) + "0\r\n\r\n";
      Refusals.assertKms(client.send(chunked).receive(), code);

      assertThat(client.send(kms("echo", "{\"key_id\":\"k\"}")).receive().status()).isEqualTo(200);
    }
  }

  private static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }

  @Test
  void identityRoutesRefuseInTheirOwnShape() throws IOException {
    for (var body : new String[] {"", "{", "{\"key_id\":1}", "{}"}) {
      var response =
          edge.ask(
              "POST /v3/auth/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(body.length(), body));
      Refusals.assertKeystone(response, 400, "Bad Request");
    }
    Refusals.assertKeystone(
        edge.ask("GET /v3/projects HTTP/1.1\r\nHost: a\r\n\r\n"), 401, "Unauthorized");
  }

  @Test
  void bodyAtItsLimitIsRead() throws IOException {
    String body = "{\"key_id\":\"" + "k".repeat(LIMIT - 13) + "\"}";
    assertThat(body).hasSize(LIMIT);
    assertThat(edge.ask(kms("echo", body)).status()).isEqualTo(200);
    assertThat(edge.ask(CHUNKED + chunk(body) + "0\r\n\r\n").status()).isEqualTo(200);
  }

  @Test
  void bodyOneByteOverIsRefusedUnread() throws IOException {
    try (var client = edge.connect()) {
      assertTooLarge(client, kms("echo", "x".repeat(LIMIT + 1)));
    }
    try (var client = edge.connect()) {
      assertTooLarge(client, CHUNKED + chunk("x".repeat(LIMIT + 1)) + "0\r\n\r\n");
    }
    try (var client = edge.connect()) { // announced only
      assertTooLarge(client, kms("echo", "").replace("Content-Length: 0", "Content-Length: 16385"));
    }
    try (var client = edge.connect()) {
      assertTooLarge(
          client,
          kms("echo", "").replace("Content-Length: 0", "Content-Length: 9223372036854775807"));
    }
  }

  private static void assertTooLarge(RawClient client, String request) throws IOException {
    var response = client.send(request).receive();
    assertThat(response.status()).isEqualTo(413);
    Refusals.assertGateway(response, "APIGW.0201");
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.isAtEnd()).isTrue();
  }

  @Test
  void oversizeIsRefusedBeforeAnyoneIsAuthenticated() throws IOException {
    int before = edge.authentications.get();
    assertThat(edge.ask(kms("echo", "x".repeat(LIMIT + 1))).status()).isEqualTo(413);
    assertThat(edge.authentications).hasValue(before);
  }

  @Test
  void bodyOfAStrangerIsNotParsed() throws IOException {
    var response = edge.ask(kms("echo", "{".repeat(1000)).replace("good", "bad"));
    assertThat(response.status()).isEqualTo(401);
    Refusals.assertGateway(response, "APIGW.0301");
  }

  /// The server stops reading: what a client can push after a refusal is bounded by the buffers of
  /// the two sockets and the little that is read for politeness.
  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 1 << 20})
  void endlessChunkedBodyIsCutOff(int chunkSize) throws IOException {
    byte[] chunk = chunk("x".repeat(chunkSize)).getBytes(ISO_8859_1);
    byte[] batch =
        chunk("x".repeat(chunkSize))
            .repeat(Math.max(1, 65_536 / chunk.length))
            .getBytes(ISO_8859_1);
    long limit = 10L << 30;
    long sent = 0;
    try (var client = edge.connect()) {
      client.send(CHUNKED);
      try {
        while (sent < limit) {
          client.send(batch);
          sent += batch.length;
        }
      } catch (SocketException _) { // what the test waits for
      }
      assertThat(sent).isLessThan(64 << 20);
    }
  }

  @Test
  void refusalOfAnEndlessBodyCanBeRead() throws IOException {
    try (var client = edge.connect()) {
      client.send(CHUNKED).send(chunk("x".repeat(LIMIT)) + chunk("x"));
      var response = client.receive();
      assertThat(response.status()).isEqualTo(413);
      client.send(chunk("x".repeat(LIMIT))); // still under way when the refusal was sent
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  static Stream<Arguments> badChunks() {
    return Stream.of(
        Arguments.of("no size", "\r\n"),
        Arguments.of("letters for a size", "xyz\r\n"),
        Arguments.of("negative size", "-1\r\n"),
        Arguments.of("size with a prefix", "0x10\r\n"),
        Arguments.of("huge size", "ffffffffffffffff\r\n"),
        Arguments.of("size ended by LF", "3\nabc\r\n"),
        Arguments.of("data without an end", "3\r\nabcdef\r\n"),
        Arguments.of("endless size line", "1;" + "a".repeat(200_000)),
        Arguments.of("endless lines of a trailer", "0\r\n" + "a:\r\n".repeat(70_000)),
        Arguments.of("endless trailer", "0\r\nX: " + "a".repeat(200_000)),
        Arguments.of("trailer ended by LF", "0\r\nX: 1\n\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badChunks")
  void malformedChunksAreRefusedAndEndTheConnection(String name, String chunks) throws IOException {
    try (var client = edge.connect()) {
      var response = client.send(CHUNKED + chunks).receive();
      assertThat(response.status()).isEqualTo(400);
      Refusals.assertGateway(response, "APIGW.0201");
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void bodyInManyPiecesIsOneBody() throws IOException {
    String body = "{\"key_id\":\"" + "k".repeat(5000) + "\",\"text\":\"abc\"}";
    try (var client = edge.connect()) {
      client.send(CHUNKED);
      for (int i = 0; i < body.length(); i += 7) {
        client.send(chunk(body.substring(i, Math.min(body.length(), i + 7))));
      }
      assertThat(client.send("0\r\nTrailer: x\r\n\r\n").receive().status()).isEqualTo(200);

      String whole = kms("echo", body);
      for (int i = 0; i < whole.length(); i += 11) {
        client.send(whole.substring(i, Math.min(whole.length(), i + 11)));
      }
      assertThat(client.receive().body()).contains("\"body_length\":3");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/xml",
        "application/json; charset=gbk",
        "json",
        ""
      })
  void otherContentTypesAreRefused(String type) throws IOException {
    var response = edge.ask(kms("echo", "{\"key_id\":\"k\"}").replace("application/json", type));
    assertThat(response.status()).isEqualTo(400);
    Refusals.assertKms(response, "KMS.0214");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json;charset=utf8",
        "application/json; charset=utf-8; q=1",
        "APPLICATION/JSON",
        "application/merge-patch+json"
      })
  void everySpellingOfJsonIsRead(String type) throws IOException {
    assertThat(
            edge.ask(kms("echo", "{\"key_id\":\"k\"}").replace("application/json", type)).status())
        .isEqualTo(200);
    assertThat(
            edge.ask(
                    kms("echo", "{\"key_id\":\"k\"}")
                        .replace("Content-Type: application/json\r\n", ""))
                .status())
        .isEqualTo(200);
  }
}
