package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.KMS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Heads that no proper client sends: each is refused by name, in JSON, and ends its connection.
@Timeout(60)
class HostileHeadTest {
  private static TestEdge edge;

  @BeforeAll
  static void start() throws IOException {
    edge = new TestEdge();
  }

  @AfterAll
  static void stop() {
    edge.close();
  }

  private static Arguments row(String name, String request, int status) {
    return Arguments.of(name, request, status);
  }

  private static Arguments target(String name, String target) {
    return row(name, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  }

  private static Arguments head(String name, String lines) {
    return row(name, "POST " + KMS + "echo HTTP/1.1\r\n" + lines + "\r\n", 400);
  }

  static Stream<Arguments> heads() {
    return Stream.of(
        target("two slashes", "//health/live"),
        target("two slashes inside", "/health//live"),
        target("path parameter", "/health;a=b/live"),
        target("escaped slash", "/health%2flive"),
        target("escaped slash, upper case", "/health%2Flive"),
        target("escaped backslash", "/health%5clive"),
        target("backslash", "/health\\live"),
        target("dot segment", "/health/./live"),
        target("dot dot segment", "/x/../health/live"),
        target("dot dot at the end", "/health/live/.."),
        target("escaped dot segment", "/health/%2e/live"),
        target("escaped dot dot segment", "/x/%2e%2e/health/live"),
        target("half escaped dot dot segment", "/x/.%2E/health/live"),
        target("escaped NUL", "/health/live%00"),
        target("escaped CR", "/health%0d/live"),
        target("escaped DEL", "/health%7f/live"),
        target("raw control character", "/health\u0001/live"),
        target("raw tab", "/health\t/live"),
        target("raw NUL", "/health\0/live"),
        target("beyond ASCII", "/h\u00e9alth/live"),
        target("escape without digits", "/health/%/live"),
        target("escape cut short", "/health/live%2"),
        target("escape with one digit", "/health/%2/live"),
        target("escape of other letters", "/health/%gg/live"),
        target("escaped overlong slash", "/health%c0%aflive"),
        target("escaped surrogate", "/health/%ed%a0%80"),
        target("fragment", "/health/live#x"),
        target("bad escape in the query", "/health/live?a=%zz"),
        target("control character in the query", "/health/live?a=\u0002"),
        target("escaped NUL in the query", "/health/live?a=%00"),
        target("absolute form", "http://localhost/health/live"),
        target("absolute form, upper case", "HTTP://localhost/health/live"),
        target("authority form", "localhost:80"),
        target("asterisk form", "*"),
        target("no slash", "health/live"),
        row("CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 400),
        row("no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        row("HTTP/0.9", "GET /health/live\r\n\r\n", 400),
        row("HTTP/2.0", "GET /health/live HTTP/2.0\r\nHost: a\r\n\r\n", 400),
        row("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        row("HTTP/1.2", "GET /health/live HTTP/1.2\r\nHost: a\r\n\r\n", 400),
        row("lower case version", "GET /health/live http/1.1\r\nHost: a\r\n\r\n", 400),
        row("two spaces", "GET  /health/live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        row("tab for a space", "GET\t/health/live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        row("space before the method", " GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        row("space in the target", "GET /health/ live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        row("space after the version", "GET /health/live HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
        row("CR inside the request line", "GET /health/live\rX HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        row("bare LF", "GET /health/live HTTP/1.1\nHost: a\n\n", 400),
        row("TLS hello", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n", 400),
        row("garbage", "\u00ff\u00fe\u00fd\r\n\r\n", 400),
        head("no Host", "X-Auth-Token: good\r\n"),
        head("two Hosts", "Host: a\r\nHost: a\r\n"),
        head("empty Host", "Host:\r\n"),
        head("Host with a path", "Host: a/b\r\n"),
        head("Host with a user", "Host: u@a\r\n"),
        head("Host with a blank", "Host: a b\r\n"),
        head("two Content-Lengths", "Host: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n"),
        head(
            "two different Content-Lengths",
            "Host: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n"),
        head("Content-Length list", "Host: a\r\nContent-Length: 2, 2\r\n"),
        head("negative Content-Length", "Host: a\r\nContent-Length: -2\r\n"),
        head("signed Content-Length", "Host: a\r\nContent-Length: +2\r\n"),
        head("hexadecimal Content-Length", "Host: a\r\nContent-Length: 0x2\r\n"),
        head("huge Content-Length", "Host: a\r\nContent-Length: 99999999999999999999\r\n"),
        head("empty Content-Length", "Host: a\r\nContent-Length:\r\n"),
        head("both framings", "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n"),
        head(
            "both framings, the other way",
            "Host: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"),
        head("other Transfer-Encoding", "Host: a\r\nTransfer-Encoding: gzip\r\n"),
        head("list of Transfer-Encodings", "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n"),
        head(
            "chunked twice",
            "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        head("identity Transfer-Encoding", "Host: a\r\nTransfer-Encoding: identity\r\n"),
        head("obscured Transfer-Encoding", "Host: a\r\nTransfer-Encoding: xchunked\r\n"),
        head(
            "vertical tab in Transfer-Encoding", "Host: a\r\nTransfer-Encoding: \u000bchunked\r\n"),
        head("folded header", "Host: a\r\nX-A: 1\r\n 2\r\n"),
        head("folded header, by tab", "Host: a\r\nX-A: 1\r\n\t2\r\nX-B: 3\r\n"),
        head("folded Transfer-Encoding", "Host: a\r\nTransfer-Encoding:\r\n chunked\r\n"),
        head("folded first header", " Host: a\r\nHost: a\r\n"),
        head("blank before the colon", "Host: a\r\nX-A : 1\r\n"),
        head("header without a colon", "Host: a\r\nX-A\r\n"),
        head("header without a name", "Host: a\r\n: 1\r\n"),
        head("name beyond ASCII", "Host: a\r\nX-\u00e9: 1\r\n"),
        head("name with a control character", "Host: a\r\nX-\u0001: 1\r\n"),
        head("NUL in a value", "Host: a\r\nX-A: 1\0002\r\n".replace("\0002", "\0" + "2")),
        head("CR in a value", "Host: a\r\nX-A: 1\r2\r\n"),
        head("LF in a value", "Host: a\r\nX-A: 1\n2\r\n"),
        head("control character in a value", "Host: a\r\nX-A: 1\u0007\r\n"),
        head("unknown expectation", "Host: a\r\nContent-Length: 2\r\nExpect: miracles\r\n"),
        row(
            "chunked over HTTP/1.0",
            "POST "
                + KMS
                + "echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400),
        row("long target", "GET /" + "a".repeat(33 * 1024) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        row("endless target", "GET /" + "a".repeat(200_000), 414),
        row("long method", "G".repeat(40_000) + " / HTTP/1.1\r\n\r\n", 414),
        row(
            "one long header",
            "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + "a".repeat(33 * 1024) + "\r\n\r\n",
            494),
        row("endless header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + "a".repeat(200_000), 494),
        row(
            "100 headers of 8 KiB",
            "GET / HTTP/1.1\r\nHost: a\r\n" + ("X-A: " + "a".repeat(8187) + "\r\n").repeat(100),
            494),
        row("many headers", "GET / HTTP/1.1\r\nHost: a\r\n" + "A: b\r\n".repeat(40_000), 494));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("heads")
  void isRefusedAndEndsTheConnection(String name, String request, int status) throws IOException {
    try (var client = edge.connect()) {
      var response = client.send(request).receive();

      assertThat(response.status()).isEqualTo(status);
      Refusals.assertGateway(response, "APIGW.0201");
      assertThat(response.header("connection")).isEqualTo("close");
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("heads")
  void isRefusedWhenItComesByteByByte(String name, String request, int status) throws IOException {
    if (request.length() > 2000) {
      return; // said above
    }
    try (var client = edge.connect()) {
      for (int i = 0; i < request.length(); i++) {
        client.send(request.substring(i, i + 1));
      }
      assertThat(client.receive().status()).isEqualTo(status);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  /// A second request hidden behind one whose framing is in doubt must never be answered.
  @ParameterizedTest(name = "{0}")
  @MethodSource("heads")
  void nothingBehindItIsAnswered(String name, String request, int status) throws IOException {
    String hidden = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
    try (var client = edge.connect()) {
      client.send(request + "0\r\n\r\n" + hidden + hidden);
      assertThat(client.receive().status()).isEqualTo(status);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void oddButSoundHeadsAreServed() throws IOException {
    for (var target :
        new String[] {
          "/health/live", "/%68ealth/l%69ve", "/health/live?", "/health/live?a=%2f..//;%5c&b",
        }) {
      assertThat(edge.ask("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").status())
          .isEqualTo(200);
    }
    for (var lines :
        new String[] {
          "Host: a:80\r\n",
          "host:a\r\n",
          "HOST: \t a \t\r\n",
          "Host: [::1]:443\r\n",
          "Host: a\r\nX-Empty:\r\n",
          "Host: a\r\nX-Latin: \u00e9\r\n",
          "Host: a\r\nX-Long: " + "a".repeat(32 * 1024 - 16) + "\r\n",
          "Host: a\r\n" + ("X-A: " + "a".repeat(8000) + "\r\n").repeat(16),
        }) {
      assertThat(edge.ask("GET /health/live HTTP/1.1\r\n" + lines + "\r\n").status())
          .isEqualTo(200);
    }
    assertThat(edge.ask("\r\nGET /health/live HTTP/1.1\r\nHost: a\r\n\r\n").status())
        .isEqualTo(200);
    assertThat(edge.ask("GET /health/live HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
    String longest = "/" + "a".repeat(32 * 1024 - 1);
    assertThat(edge.ask("GET " + longest + " HTTP/1.1\r\nHost: a\r\n\r\n").status()).isEqualTo(404);
  }
}
