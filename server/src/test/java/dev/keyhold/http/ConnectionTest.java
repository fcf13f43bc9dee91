package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.KMS;
import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How connections begin, go on and end.
@Timeout(60)
class ConnectionTest {
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";

  @Test
  void connectionIsKeptForMoreRequests() throws IOException {
    try (var edge = new TestEdge();
        var client = edge.connect()) {
      String first = client.send(LIVE).receive().header("x-request-id");
      for (int i = 0; i < 100; i++) {
        var response = client.send(i % 2 == 0 ? kms("wait", "{\"key_id\":\"k\"}") : LIVE).receive();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("x-request-id")).isNotEqualTo(first);
        assertThat(response.header("connection")).isEmpty();
      }
      assertThat(client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").receive().status())
          .isEqualTo(404);
      assertThat(client.send("PUT /health/live HTTP/1.1\r\nHost: a\r\n\r\n").receive().status())
          .isEqualTo(405);
      assertThat(client.send(LIVE).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws IOException {
    var requests = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      requests.append(kms(i % 3 == 0 ? "wait" : "echo", "{\"key_id\":\"" + i + "\"}"));
    }
    try (var edge = new TestEdge();
        var client = edge.connect()) {
      client.send(requests.toString());
      for (int i = 0; i < 2000; i++) {
        assertThat(client.receive().body()).contains("\"key_id\":\"" + i + "\"");
      }
    }
  }

  @Test
  void closeIsHonoured() throws IOException {
    try (var edge = new TestEdge()) {
      for (var request :
          List.of(
              LIVE.replace("Host: a", "Host: a\r\nConnection: close"),
              LIVE.replace("Host: a", "Host: a\r\nConnection: foo, Close"),
              "GET /health/live HTTP/1.0\r\n\r\n",
              kms("wait", "{\"key_id\":\"k\"}").replace("Host: ", "Connection: close\r\nHost: "))) {
        try (var client = edge.connect()) {
          assertThat(client.send(request).receive().status()).isEqualTo(200);
          assertThat(client.isAtEnd()).isTrue();
        }
      }
    }
  }

  /// As of a client that sends its request and the end of its side in one go.
  @Test
  void whoEndsTheirSideHearsTheAnswersFirst() throws IOException {
    try (var edge = new TestEdge()) {
      for (int i = 0; i < 100; i++) {
        try (var client = edge.connect()) {
          client.send(LIVE).socket().shutdownOutput();
          assertThat(client.receive().status()).isEqualTo(200);
          assertThat(client.isAtEnd()).isTrue();
        }
      }
      var requests = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        requests.append(kms(i % 3 == 0 ? "echo" : "wait", "{\"key_id\":\"" + i + "\"}"));
      }
      try (var client = edge.connect()) {
        client.send(requests.toString()).socket().shutdownOutput();
        for (int i = 0; i < 50; i++) {
          assertThat(client.receive().body()).contains("\"key_id\":\"" + i + "\"");
        }
        assertThat(client.isAtEnd()).isTrue();
      }
    }
  }

  @Test
  void whoEndsTheirSideDuringTheCallHearsItsAnswer() throws Exception {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    try (var edge = new TestEdge(TestEdge.slow(entered, release));
        var client = edge.connect()) {
      client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
      entered.await();
      client.socket().shutdownOutput();
      // Another connection's answers: the loop has been there since.
      for (int i = 0; i < 10; i++) {
        assertThat(edge.ask(LIVE).status()).isEqualTo(200);
      }
      release.countDown();

      assertThat(client.receive().status()).isEqualTo(204);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void whoEndsTheirSideInTheMiddleOfARequestIsLetGo() throws IOException {
    String call = kms("wait", "{\"key_id\":\"k\"}");
    try (var edge = new TestEdge()) {
      for (String part : List.of("", "GET /heal", call.substring(0, call.length() - 3))) {
        try (var client = edge.connect()) {
          client.send(LIVE + part).socket().shutdownOutput();
          assertThat(client.receive().status()).isEqualTo(200);
          assertThat(client.isAtEnd()).isTrue();
        }
      }
    }
  }

  @Test
  void oldProtocolIsKeptAliveOnDemand() throws IOException {
    try (var edge = new TestEdge();
        var client = edge.connect()) {
      String request = "GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
      assertThat(client.send(request).receive().header("connection")).isEqualTo("keep-alive");
      assertThat(client.send(request).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void headHasNoBodyAndOptionsIsNoMethodHere() throws IOException {
    try (var edge = new TestEdge();
        var client = edge.connect()) {
      var live = client.send(LIVE.replace("GET", "HEAD")).receive(true);
      assertThat(live.status()).isEqualTo(200);
      assertThat(live.header("content-length"))
          .isEqualTo(client.send(LIVE).receive().header("content-length"));
      String tags = KMS + "x/tags HTTP/1.1\r\nHost: a\r\n\r\n";
      var head = client.send("HEAD " + tags).receive(true);
      assertThat(head.status()).isEqualTo(405);
      assertThat(head.header("allow")).isEqualTo("GET");
      assertThat(client.send("OPTIONS " + tags).receive().status()).isEqualTo(405);
      assertThat(client.send("TRACE " + tags).receive().status()).isEqualTo(405);
      assertThat(client.send("BREW " + tags).receive().status()).isEqualTo(405);
      assertThat(client.send(LIVE).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void wrongMethodNamesTheRightOnes() throws IOException {
    try (var edge = new TestEdge()) {
      var response = edge.ask("PUT " + KMS + "echo HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(response.status()).isEqualTo(405);
      assertThat(response.header("allow")).isEqualTo("DELETE, POST");
      Refusals.assertKms(response, "KMS.0215");
      Refusals.assertGateway(edge.ask("GET /v1.0 HTTP/1.1\r\nHost: a\r\n\r\n"), "APIGW.0101");
    }
  }

  @Test
  void bodyOfARequestForNothingIsNotRead() throws IOException {
    try (var edge = new TestEdge();
        var client = edge.connect()) {
      client.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
      assertThat(client.receive().status()).isEqualTo(404);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void deleteKeepsItsBody() throws IOException {
    try (var edge = new TestEdge()) {
      String request =
          kms("echo", "{\"key_id\":\"k\",\"text\":\"four\"}").replace("POST", "DELETE");
      assertThat(edge.ask(request).body()).isEqualTo("{\"key_id\":\"k\",\"body_length\":4}");
    }
  }

  @Test
  void continueIsSaidOnlyToWhatMayBeSent() throws IOException {
    String body = "{\"key_id\":\"k\"}";
    String head =
        kms("echo", body).replace("Host: ", "Expect: 100-Continue\r\nHost: ").replace(body, "");
    try (var edge = new TestEdge()) {
      try (var client = edge.connect()) {
        assertThat(client.send(head).receive().status()).isEqualTo(100);
        assertThat(client.send(body).receive().status()).isEqualTo(200);
      }
      try (var client = edge.connect()) {
        client.send(head.replace("Content-Length: 14", "Content-Length: 100000"));
        assertThat(client.receive().status()).isEqualTo(413);
        assertThat(client.isAtEnd()).isTrue();
      }
      try (var client = edge.connect()) {
        client.send(head.replace("echo", "nowhere"));
        assertThat(client.receive().status()).isEqualTo(404);
      }
    }
  }

  @Test
  void javaClientIsServed() throws Exception {
    try (var edge = new TestEdge();
        var client = HttpClient.newHttpClient()) { // offers HTTP/2 by upgrade, which is ignored
      var request =
          HttpRequest.newBuilder(
                  java.net.URI.create("http://127.0.0.1:" + edge.port() + KMS + "echo"))
              .header("X-Auth-Token", "good")
              .POST(HttpRequest.BodyPublishers.ofString("{\"key_id\":\"k\"}"))
              .build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(response.body()).isEqualTo("{\"key_id\":\"k\",\"body_length\":0}");
    }
  }

  @Test
  void webSocketIsNotSpoken() throws IOException {
    try (var edge = new TestEdge()) {
      var response =
          edge.ask(
              LIVE.replace(
                  "Host: a",
                  """
                  Host: a\r
                  Connection: Upgrade\r
                  Upgrade: websocket\r
                  Sec-WebSocket-Version: 13\r
                  Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\
                  """));
      assertThat(response.status()).isEqualTo(200);
    }
  }
}
