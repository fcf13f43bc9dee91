package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.SECONDS_5;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Clients that ask and read the answer late, or never.
@Timeout(60)
class SlowReaderTest {
  /// More than the system takes of it before the client reads.
  private static final int BIG = 16 << 20;

  private static final Duration SOON = Duration.ofMillis(200);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration TICK = Duration.ofMillis(20);
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String ASK = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";

  private static TestEdge edge(int connections, Duration head, Duration write, int bytes, long most)
      throws IOException {
    var limits =
        Limits.standard()
            .withConnections(connections)
            .withTimes(head, NEVER, write, TICK)
            .withUnread(most);
    Answer answer = Answer.text(200, "text/plain", "x".repeat(bytes));
    var big = Route.get("/big", Access.OPEN, SECONDS_5, RunsOn.EVENT_LOOP, _ -> answer);
    return new TestEdge(limits, Optional.empty(), List.of(big));
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
  void answerThatIsNotReadIsGivenUp() throws IOException {
    try (var edge = edge(1, NEVER, SOON, BIG, 2L * BIG);
        var client = edge.connect()) {
      client.send(ASK);
      assertServedSoon(edge); // in the only place
    }
  }

  @Test
  void lateReaderIsNotIdle() throws Exception {
    try (var edge = edge(1, SOON, NEVER, BIG, 2L * BIG); // which is a crowd
        var client = edge.connect()) {
      client.send(ASK);
      Thread.sleep(1000);
      assertThat(client.receive().body()).hasSize(BIG);
    }
  }

  @Test
  void lastAnswerOfAConnectionMayBeReadAsLate() throws Exception {
    try (var edge = edge(2, NEVER, NEVER, BIG, 2L * BIG);
        var client = edge.connect()) {
      client.send(ASK.replace("Host: a", "Host: a\r\nConnection: close"));
      Thread.sleep(1000);
      assertThat(client.receive().body()).hasSize(BIG);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void lastAnswerIsGivenUpToo() throws IOException {
    try (var edge = edge(1, NEVER, SOON, BIG, 2L * BIG);
        var client = edge.connect()) {
      client.send(ASK.replace("Host: a", "Host: a\r\nConnection: close"));
      assertServedSoon(edge);
    }
  }

  @Test
  void largeAnswersHaveABudgetAndGiveItBack() throws Exception {
    try (var edge = edge(10, NEVER, NEVER, BIG, BIG + BIG / 2);
        var first = edge.connect();
        var second = edge.connect()) {
      first.send(ASK + LIVE);
      while (first.socket().getInputStream().available() == 0) {
        Thread.sleep(1);
      }
      var refused = second.send(ASK).receive();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      assertThat(first.receive().body()).hasSize(BIG);
      assertThat(first.receive().status()).isEqualTo(200);
      assertThat(second.send(ASK).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void smallAnswersHaveABudgetAsWell() throws IOException {
    var clients = new ArrayList<RawClient>();
    try (var edge = edge(4, NEVER, NEVER, 10_000, 100_000)) {
      for (int i = 0; i < 4; i++) {
        clients.add(edge.connect());
        clients.get(i).send(ASK.repeat(1500));
      }
      assertServedSoon(edge);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }
}
