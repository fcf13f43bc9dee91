package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Requests as no client makes them, byte for byte.
class HostileRequestTest {
  private final Tenant tenant = SharedServer.tenant();
  private final int port = SharedServer.server().port();
  private final Http http = SharedServer.http();
  private final Http anonymous = Http.anonymous(tenant);

  @Test
  void everyCallHasALimitThatComesBeforeTheCaller() {
    for (String action : EdgeTest.POSTS) {
      String answer =
          RawSocket.exchange(
              port,
              "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      .formatted(anonymous.kmsPath(action))
                  + "Content-Length: 33554432\r\n\r\n{\"x\":\"");
      assertThat(RawSocket.status(answer)).describedAs(action).isEqualTo(413);
      assertThat(answer).contains("APIGW.0201").containsIgnoringCase("x-request-id:");
    }
  }

  @Test
  void endlessBodyIsCutOff() {
    String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
    String answer =
        RawSocket.exchange(
            port,
            "POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    .formatted(anonymous.kmsPath("create-key"))
                + chunk.repeat(256));

    assertThat(RawSocket.status(answer)).isEqualTo(413);
  }

  @Test
  void tooLongUriIsRefused() {
    String answer =
        RawSocket.exchange(
            port, "GET /" + "x".repeat(40_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");

    assertThat(RawSocket.status(answer)).isEqualTo(414);
    assertThat(answer).contains("APIGW.0201");
  }

  @Test
  void tooLargeHeadersAreRefused() {
    String one = "X-Big: " + "x".repeat(40_000) + "\r\n";
    var many = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      many.append("X-Many-").append(i).append(": ").append("x".repeat(8000)).append("\r\n");
    }
    for (String headers : List.of(one, many.toString())) {
      String answer =
          RawSocket.exchange(
              port, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
      assertThat(RawSocket.status(answer)).isEqualTo(494);
      assertThat(answer).contains("APIGW.0201");
    }
  }

  /// Paths that two readers could read differently.
  @ParameterizedTest
  @FieldSource("dev.keyhold.client.HostileInput#PATHS")
  void pathWithTwoReadingsIsRefusedBeforeItIsRouted(String path) {
    String token = http.headers().get("X-Auth-Token");
    String answer =
        RawSocket.exchange(
            port,
            "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: %s\r\nConnection: close\r\n\r\n"
                .formatted(path.replace("{p}", tenant.projectId()), token));

    assertThat(RawSocket.status(answer)).describedAs(answer).isEqualTo(400);
    assertThat(answer)
        .contains("APIGW.0201")
        .containsIgnoringCase("x-request-id:")
        .containsIgnoringCase("content-type: application/json");
  }

  @ParameterizedTest
  @FieldSource("dev.keyhold.client.HostileInput#DOUBTFUL_HEADERS")
  void requestOfDoubtfulLengthIsRefusedAndTheConnectionClosed(String rest) {
    String answer =
        RawSocket.exchange(
            port,
            "POST %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: %s\r\n%s"
                .formatted(http.kmsPath("gen-random"), http.headers().get("X-Auth-Token"), rest));

    assertThat(RawSocket.status(answer)).describedAs(answer).isEqualTo(400);
    assertThat(answer).containsIgnoringCase("connection: close");
  }

  @Test
  void requestWithoutHostIsRefused() {
    assertThat(RawSocket.status(RawSocket.exchange(port, "GET /health/live HTTP/1.1\r\n\r\n")))
        .isEqualTo(400);
  }

  @Test
  void bodyMayComeInChunksAndUnderEitherContentType() {
    String chunks =
        String.join(
            "\r\n", "5", "{\"ran", "18", "dom_data_length\":\"8\"    ", "1", "}", "0", "", "");
    for (String type : List.of("application/json", "application/json;charset=UTF-8")) {
      String answer =
          RawSocket.exchange(
              port,
              "POST %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: %s\r\nContent-Type: %s\r\n"
                      .formatted(
                          http.kmsPath("gen-random"), http.headers().get("X-Auth-Token"), type)
                  + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                  + chunks);
      assertThat(RawSocket.status(answer)).describedAs(answer).isEqualTo(200);
    }
  }

  @Test
  void requestsMayBePipelined() {
    String one =
        "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: %s\r\n"
            .formatted(http.kmsPath("user-quotas"), http.headers().get("X-Auth-Token"));

    String answers =
        RawSocket.exchange(port, (one + "\r\n").repeat(3) + one + "Connection: close\r\n\r\n");

    assertThat(RawSocket.status(answers)).isEqualTo(200);
  }
}
