package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.SECONDS_5;
import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Clients that take their time, or take too much of everything else.
@Timeout(60)
class SlowClientTest {
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final Duration SOON = Duration.ofMillis(200);

  /// Within this a test on a busy machine gets a head off that is not to be slow.
  private static final Duration HEAD = Duration.ofSeconds(1);

  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration TICK = Duration.ofMillis(20);

  @Test
  void slowHeadIsCutOff() throws IOException {
    var limits = Limits.standard().withTimes(HEAD, NEVER, NEVER, TICK);
    try (var edge = new TestEdge(limits, Optional.empty(), List.of());
        var silent = edge.connect();
        var slow = edge.connect();
        var second = edge.connect();
        var kept = edge.connect()) {
      slow.send("GET /health/live HTTP/1.1\r\nHost: a\r\nX");
      second.send(LIVE + "GET"); // a slow head behind a whole request is slow as well
      assertThat(kept.send(LIVE).receive().status()).isEqualTo(200);
      kept.send("\r\n");

      assertThat(silent.isAtEnd()).isTrue();
      var response = slow.receive();
      assertThat(response.status()).isEqualTo(408);
      Refusals.assertGateway(response, "APIGW.0201");
      assertThat(slow.isAtEnd()).isTrue();
      assertThat(second.receive().status()).isEqualTo(200);
      assertThat(second.receive().status()).isEqualTo(408);
      // A blank line is no begin of a head.
      assertThat(kept.send(LIVE).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void blankLinesBeforeAHeadCountForNothing() throws IOException {
    var limits = Limits.standard().withTimes(NEVER, NEVER, NEVER, TICK).withUnfinished(16 * 1024);
    try (var edge = new TestEdge(limits, Optional.empty(), List.of());
        var client = edge.connect()) {
      client.send("\r\n".repeat(5_000));
      client.send("\n".repeat(5_000) + LIVE);
      assertThat(client.receive().status()).isEqualTo(200);
    }
  }

  @Test
  void slowClientsDoNotStopOthers() throws Exception {
    var limits = Limits.standard().withTimes(HEAD, NEVER, NEVER, TICK);
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
    var limits = Limits.standard().withConnections(4).withTimes(HEAD, NEVER, NEVER, TICK);
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
    var limits = Limits.standard().withTimes(HEAD, NEVER, NEVER, TICK);
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

  /// Nobody reads what the server still has to say, and it must not keep the connection for that.
  @Test
  void clientsThatAreGoneGiveTheirPlacesBack() throws IOException {
    try (var edge =
        new TestEdge(Limits.standard().withConnections(2), Optional.empty(), List.of())) {
      for (int requests = 0; requests < 20; requests++) {
        try (var first = edge.connect();
            var second = edge.connect()) {
          first.send(LIVE.repeat(requests));
          second.send(LIVE.repeat(requests) + "GET /heal").socket().shutdownOutput();
        } catch (IOException _) {
          // The places of those before are not free yet: this one is gone too.
        }
        assertServedSoon(edge);
      }
    }
  }

  private static void assertServedSoon(TestEdge edge) {
    for (int left = 20_000; ; left--) {
      try (var next = edge.connect()) {
        assertThat(next.send(LIVE).receive().status()).isEqualTo(200);
        return;
      } catch (IOException _) {
        assertThat(left).as("tries left").isPositive();
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  @Test
  void unfinishedHeadsHaveABudgetAndGiveItBack() throws Exception {
    int most = Runtime.getRuntime().availableProcessors() * 256 * 1024;
    var limits = Limits.standard().withTimes(NEVER, NEVER, NEVER, TICK).withUnfinished(most);
    String head = "GET /health/live HTTP/1.1\r\nHost: a\r\n" + "x-a: b\r\n".repeat(700);
    var held = new ArrayList<RawClient>();
    try (var edge = new TestEdge(limits, Optional.empty(), List.of())) {
      RawClient.Response refused = null;
      // Some 95 KiB each once its lines are parsed; connections spread over the event loops.
      for (int i = 0; i < 64 && refused == null; i++) {
        RawClient client = edge.connect();
        held.add(client);
        client.send(head);
        client.socket().setSoTimeout(200);
        try {
          refused = client.receive();
        } catch (SocketTimeoutException _) {
          // Held, as the budget still allows.
        }
      }
      assertThat(refused).isNotNull();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      for (RawClient client : held) {
        client.close();
      }
      assertServedSoon(edge);
      try (var client = edge.connect()) {
        for (int i = 0; i < 50; i++) { // what an answered request took is free again
          assertThat(client.send(head + "\r\n").receive().status()).isEqualTo(200);
        }
      }
    }
  }

  /// An answer gives back what its own head took, and nothing of the heads behind it.
  @Test
  void headBehindAnAnsweredRequestStillCounts() throws Exception {
    int most = Runtime.getRuntime().availableProcessors() * 256 * 1024;
    var limits = Limits.standard().withTimes(NEVER, NEVER, NEVER, TICK).withUnfinished(most);
    String burst =
        kms("wait", "{\"key_id\":\"a\"}")
            + "GET /health/live HTTP/1.1\r\nHost: a\r\n"
            + "x-a: b\r\n".repeat(700);
    var held = new ArrayList<RawClient>();
    try (var edge = new TestEdge(limits, Optional.empty(), List.of())) {
      boolean refused = false;
      for (int i = 0; i < 64 && !refused; i++) {
        RawClient client = edge.connect();
        held.add(client);
        try {
          assertThat(client.send(burst).receive().status()).isEqualTo(200);
          client.socket().setSoTimeout(200);
          assertThat(client.receive().status()).isEqualTo(503);
          refused = true;
        } catch (SocketTimeoutException _) {
          // Held, as the budget still allows.
        } catch (IOException _) {
          refused = true; // while the first request had no answer yet: there is nothing to say
        }
      }
      assertThat(refused).isTrue();
      for (RawClient client : held) {
        client.close();
      }
      assertServedSoon(edge);
      try (var client = edge.connect()) {
        String whole = burst + "\r\n";
        for (int i = 0; i < 50; i++) { // each of two gives back its own
          assertThat(client.send(whole).receive().status()).isEqualTo(200);
          assertThat(client.receive().status()).isEqualTo(200);
        }
      }
    }
  }

  @Test
  void unfinishedBodiesHaveABudgetAndGiveItBack() throws Exception {
    int most = Runtime.getRuntime().availableProcessors() * 32 * 1024;
    var limits = Limits.standard().withTimes(NEVER, NEVER, NEVER, TICK).withUnfinished(most);
    var held = new ArrayList<RawClient>();
    try (var edge = new TestEdge(limits, Optional.empty(), List.of())) {
      int refused = 0;
      // Each holds 15 KiB of a body that it does not end; connections spread over the event loops.
      for (int i = 0; i < 64 && refused == 0; i++) {
        RawClient client = edge.connect();
        held.add(client);
        client.send(kms("echo", "").replace("Content-Length: 0", "Content-Length: 16000"));
        client.send("x".repeat(15 * 1024));
        client.socket().setSoTimeout(200);
        try {
          refused = client.receive().status();
        } catch (SocketTimeoutException _) {
          // Held, as the budget still allows.
        }
      }
      assertThat(refused).isEqualTo(503);

      for (RawClient client : held) {
        client.close();
      }
      // Once they are gone there is room for all.
      int status = 0;
      for (int i = 0; i < 100 && status != 200; i++) {
        status = edge.ask(kms("echo", "{\"key_id\":\"" + "k".repeat(15_000) + "\"}")).status();
      }
      assertThat(status).isEqualTo(200);
    }
  }

  /// Opens connections until one is refused, eight at the most, each with `bytes` that get no
  /// answer.
  private static int statusOfOneTooMany(TestEdge edge, List<RawClient> held, String bytes)
      throws IOException {
    for (int i = 0; i < 8; i++) {
      RawClient client = edge.connect();
      held.add(client);
      client.send(bytes);
      client.socket().setSoTimeout(200);
      try {
        return client.receive().status();
      } catch (SocketTimeoutException _) {
        // Held, as the budget still allows.
      }
    }
    return 0;
  }

  /// The line of a trailer, or of a chunk's size, that does not end.
  @Test
  void linesOfAChunkedBodyHaveABudgetToo() throws Exception {
    var limits = Limits.standard().withTimes(NEVER, NEVER, NEVER, TICK).withUnfinished(64 * 1024);
    String head = kms("echo", "").replace("Content-Length: 0", "Transfer-Encoding: chunked");
    for (String begin : List.of("0\r\nX: ", "1;")) {
      var held = new ArrayList<RawClient>();
      try (var edge = new TestEdge(limits, Optional.empty(), List.of())) {
        assertThat(statusOfOneTooMany(edge, held, head + begin + "x".repeat(15 * 1024)))
            .isEqualTo(503);
      } finally {
        for (RawClient client : held) {
          client.close();
        }
      }
    }
  }

  /// It is not read before its turn, and what has come of it counts.
  @Test
  void bodyBehindAnUnansweredRequestHasABudget() throws Exception {
    var limits = Limits.standard().withTimes(NEVER, NEVER, NEVER, TICK).withUnfinished(64 * 1024);
    String body = "{\"key_id\":\"" + "k".repeat(15 * 1024) + "\"}";
    var release = new CountDownLatch(1);
    var held = new ArrayList<RawClient>();
    try (var edge =
        new TestEdge(
            limits, Optional.empty(), List.of(TestEdge.slow(new CountDownLatch(1), release)))) {
      String two = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + kms("echo", body);
      int refused = 0;
      for (int i = 0; i < 64 && refused == 0; i++) {
        RawClient client = edge.connect();
        held.add(client);
        client.socket().setSoTimeout(50);
        try {
          client.send(two).receive();
        } catch (SocketTimeoutException _) {
          // Held, as the budget still allows.
        } catch (IOException _) {
          refused = i; // there is nothing to say while the first request has no answer
        }
      }
      assertThat(refused).isPositive();
      release.countDown();
      for (RawClient client : held) {
        client.close();
      }
      int last = 0;
      for (int i = 0; i < 1000 && last != 200; i++) { // once they are gone
        try (var client = edge.connect()) {
          assertThat(client.send(two).receive().status()).isIn(204, 503);
          last = client.receive().status();
        } catch (IOException _) {
          // There is no room yet.
        }
      }
      assertThat(last).isEqualTo(200);
    } finally {
      for (RawClient client : held) {
        client.close();
      }
    }
  }

  /// Its bytes are those of a body, and not of the head before it as well; and there is no share of
  /// the room for each event loop, which would be too small for it.
  @Test
  void bodyCountsOnceAndMayTakeTheRoomOfAll() throws Exception {
    var limits = Limits.standard().withUnfinished(20 * 1024);
    String body = "{\"key_id\":\"" + "k".repeat(15 * 1024) + "\"}";
    try (var edge = new TestEdge(limits, Optional.empty(), List.of());
        var client = edge.connect()) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.send(kms("echo", body).repeat(2)).receive().status()).isEqualTo(200);
        assertThat(client.receive().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void roomIsNotDividedAmongManyLoops() {
    var edge = TestEdge.unserved(Limits.standard().withUnfinished(1 << 20));
    var first = new EdgeLoop(edge);
    var second = new EdgeLoop(edge);
    int largest = 192 * 1024;
    for (int i = 0; i < 5; i++) {
      assertThat((i % 2 == 0 ? first : second).hold(largest)).isTrue();
    }
    assertThat(first.hold(largest)).isFalse();
    assertThat(second.hold(largest)).isFalse();
    first.giveBack(largest);
    assertThat(second.hold(largest)).isTrue();
    second.giveBack(3L * largest);
    first.giveBack(2L * largest);
    first.tick();
    second.tick();
    assertThat(second.hold(1 << 20)).isTrue();
  }
}
