package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.KMS;
import static dev.keyhold.http.TestEdge.SECONDS_5;
import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How connections begin, go on and end.
@Timeout(60)
class ConnectionTest {
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final Duration SOON = Duration.ofMillis(200);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration TICK = Duration.ofMillis(20);

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
      assertThat(client.send(LIVE.replace("GET", "HEAD")).receive(true).status()).isEqualTo(200);
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

  @Test
  void slowHeadIsCutOff() throws IOException {
    var limits = Limits.standard().withTimes(SOON, NEVER, NEVER, TICK);
    try (var edge = new TestEdge(limits, Optional.empty(), List.of())) {
      try (var silent = edge.connect()) {
        assertThat(silent.isAtEnd()).isTrue();
      }
      try (var slow = edge.connect()) {
        var response = slow.send("GET /health/live HTTP/1.1\r\nHost: a\r\nX").receive();
        assertThat(response.status()).isEqualTo(408);
        Refusals.assertGateway(response, "APIGW.0201");
        assertThat(slow.isAtEnd()).isTrue();
      }
      try (var second = edge.connect()) { // a slow head behind a whole request is slow as well
        assertThat(second.send(LIVE + "GET").receive().status()).isEqualTo(200);
        assertThat(second.receive().status()).isEqualTo(408);
      }
      try (var kept = edge.connect()) {
        assertThat(kept.send(LIVE).receive().status()).isEqualTo(200);
        assertThat(kept.send("\r\n").receive().status()).isEqualTo(408);
      }
    }
  }

  @Test
  void slowClientsDoNotStopOthers() throws Exception {
    var limits = Limits.standard().withTimes(Duration.ofSeconds(1), NEVER, NEVER, TICK);
    var slow = new ArrayList<RawClient>();
    try (var edge = new TestEdge(limits, Optional.empty(), List.of());
        var good = edge.connect()) {
      for (int i = 0; i < 300; i++) {
        var client = edge.connect();
        slow.add(client);
        client.send(i % 2 == 0 ? "GET /health/live HT" : kms("echo", "{}").replace("}", ""));
        assertThat(good.send(LIVE).receive().status()).isEqualTo(200);
      }
      for (int i = 0; i < 300; i += 2) {
        assertThat(slow.get(i).receive().status()).isEqualTo(408);
        assertThat(slow.get(i).isAtEnd()).isTrue();
      }
      assertThat(good.send(LIVE).receive().status()).isEqualTo(200);
    } finally {
      for (var client : slow) {
        client.close();
      }
    }
  }

  @Test
  void idleConnectionsMakeRoomInACrowd() throws IOException {
    var limits = Limits.standard().withConnections(4).withTimes(SOON, NEVER, NEVER, TICK);
    var clients = new ArrayList<RawClient>();
    try (var edge = new TestEdge(limits, Optional.empty(), List.of())) {
      for (int i = 0; i < 4; i++) {
        clients.add(edge.connect());
        assertThat(clients.get(i).send(LIVE).receive().status()).isEqualTo(200);
      }
      assertServedSoon(edge); // though nobody left of their own will
    } finally {
      for (var client : clients) {
        client.close();
      }
    }
  }

  /// A byte now and then does not make a head young again.
  @Test
  void trickledHeadIsCutOff() throws IOException {
    var limits = Limits.standard().withTimes(SOON, NEVER, NEVER, TICK);
    try (var edge = new TestEdge(limits, Optional.empty(), List.of());
        var client = edge.connect()) {
      client.send("GET /health/live HTTP/1.1\r\nX-A: ");
      var answered = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (answered.getCount() > 0) {
                client.send("a");
                Thread.onSpinWait();
                if (answered.await(10, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                  return;
                }
              }
            } catch (IOException | InterruptedException _) { // the server has had enough
            }
          });
      assertThat(client.receive().status()).isEqualTo(408);
      answered.countDown();
    }
  }

  @Test
  void slowBodyIsCutOff() throws IOException {
    var limits = Limits.standard().withTimes(NEVER, NEVER, NEVER, TICK);
    var hasty =
        Route.post("/hasty", Access.OPEN, 100, SOON, RunsOn.EVENT_LOOP, _ -> Answer.empty(204));
    try (var edge = new TestEdge(limits, Optional.empty(), List.of(hasty));
        var client = edge.connect()) {
      client.send("POST /hasty HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
      var response = client.receive();
      assertThat(response.status()).isEqualTo(408);
      Refusals.assertGateway(response, "APIGW.0201");
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void idleConnectionIsClosed() throws IOException {
    var limits = Limits.standard().withTimes(NEVER, SOON, NEVER, TICK);
    try (var edge = new TestEdge(limits, Optional.empty(), List.of());
        var client = edge.connect()) {
      assertThat(client.send(LIVE).receive().status()).isEqualTo(200);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void clientThatDoesNotReadIsNotWrittenForForEver() throws IOException {
    var limits = Limits.standard().withTimes(NEVER, NEVER, SOON, TICK);
    var calls = new AtomicInteger();
    var big = Answer.text(200, "text/plain", "x".repeat(60_000));
    var route =
        Route.get(
            "/big",
            Access.OPEN,
            SECONDS_5,
            RunsOn.EVENT_LOOP,
            _ -> {
              calls.incrementAndGet();
              return big;
            });
    try (var edge = new TestEdge(limits, Optional.empty(), List.of(route));
        var client = edge.connect()) {
      byte[] requests =
          "GET /big HTTP/1.1\r\nHost: a\r\n\r\n"
              .repeat(1000)
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      IOException end = null;
      for (int i = 0; i < 100_000 && end == null; i++) {
        try {
          client.send(requests);
        } catch (IOException e) {
          end = e;
        }
      }
      assertThat(end).isNotNull();
      assertThat(calls.get()).isLessThan(1000); // what the socket buffers hold, and one more
    }
  }

  @Test
  void oneConnectionTooManyIsClosed() throws IOException {
    try (var edge =
        new TestEdge(Limits.standard().withConnections(2), Optional.empty(), List.of())) {
      try (var first = edge.connect();
          var second = edge.connect()) {
        assertThat(first.send(LIVE).receive().status()).isEqualTo(200);
        assertThat(second.send(LIVE).receive().status()).isEqualTo(200);
        try (var third = edge.connect()) {
          assertThat(third.isAtEnd()).isTrue();
        }
        assertThat(
                first
                    .send(LIVE.replace("Host: a", "Host: a\r\nConnection: close"))
                    .receive()
                    .status())
            .isEqualTo(200);
        assertThat(first.isAtEnd()).isTrue();
      }
      // Both places are free again as soon as the server has seen the ends.
      assertServedSoon(edge);
    }
  }

  private static void assertServedSoon(TestEdge edge) {
    for (int left = 100_000; ; left--) {
      try (var next = edge.connect()) {
        assertThat(next.send(LIVE).receive().status()).isEqualTo(200);
        return;
      } catch (IOException _) {
        assertThat(left).as("tries left").isPositive();
      }
    }
  }

  @Test
  void clientThatLeavesInTheMiddleDoesNoHarm() throws IOException {
    try (var edge = new TestEdge()) {
      for (var part :
          List.of(
              "",
              "GET /hea",
              "POST " + KMS + "echo HTTP/1.1\r\nHost: a\r\nContent-Le",
              kms("echo", "{\"key_id\":\"k\"}").replace("\"}", ""),
              kms("wait", "{\"key_id\":\"k\"}"),
              kms("wait", "{\"key_id\":\"k\"}").repeat(50))) {
        for (int i = 0; i < 20; i++) {
          try (var client = edge.connect()) {
            client.send(part);
            if (i % 2 == 0) {
              client.socket().setSoLinger(true, 0); // leaves with a reset
            }
          }
        }
      }
      assertThat(edge.ask(LIVE).status()).isEqualTo(200);
    }
  }

  @Test
  void clientThatHasNoMoreToSayIsLetGo() throws IOException {
    try (var edge = new TestEdge();
        var client = edge.connect()) {
      assertThat(client.send(LIVE).receive().status()).isEqualTo(200);
      client.socket().shutdownOutput();
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void drainFinishesWhatIsInFlightAndTakesNothingNew() throws Exception {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var slow =
        Route.get(
            "/slow",
            Access.OPEN,
            Duration.ofMinutes(1),
            RunsOn.VIRTUAL_THREAD,
            _ -> {
              entered.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return Answer.empty(204);
            });
    try (var edge = new TestEdge(slow);
        var idle = edge.connect();
        var busy = edge.connect()) {
      assertThat(idle.send(LIVE).receive().status()).isEqualTo(200);
      busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
      entered.await();
      int port = edge.port();
      var drained = Thread.ofVirtual().start(() -> edge.listener().drain(Duration.ofSeconds(30)));

      assertThat(idle.isAtEnd()).isTrue();
      for (int left = 100_000; canConnect(port); left--) { // until the last loop has let go of it
        assertThat(left).as("tries left").isPositive();
      }
      assertThat(drained.isAlive()).isTrue();
      release.countDown();
      var response = busy.receive();
      assertThat(response.status()).isEqualTo(204);
      assertThat(response.header("connection")).isEqualTo("close");
      assertThat(busy.isAtEnd()).isTrue();
      drained.join();
    }
  }

  private static boolean canConnect(int port) {
    try (var _ = new RawClient(port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  @Test
  void drainDoesNotWaitForEver() throws Exception {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var stuck =
        Route.get(
            "/stuck",
            Access.OPEN,
            Duration.ofMinutes(1),
            RunsOn.VIRTUAL_THREAD,
            _ -> {
              entered.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return Answer.empty(204);
            });
    try (var edge = new TestEdge(stuck);
        var client = edge.connect()) {
      client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
      entered.await();
      edge.listener().drain(Duration.ofMillis(100));
      assertThat(client.isAtEnd()).isTrue();
      release.countDown();
    }
  }

  @Test
  void portThatIsTakenIsSaidSo() throws Exception {
    try (var edge = new TestEdge()) {
      org.assertj.core.api.Assertions.assertThatThrownBy(() ->
              Listener.start(
                  "127.0.0.1",
                  edge.port(),
                  Optional.empty(),
                  Routes.table(() -> true, List.of(), List.of()),
                  TestEdge.stranger(),
                  Limits.standard()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1 port " + edge.port());
    }
  }
}
