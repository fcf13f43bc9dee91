package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.KMS;
import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How the server and its clients leave each other.
@Timeout(60)
class DrainTest {
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";

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
    try (var edge = new TestEdge(TestEdge.slow(entered, release));
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
    try (var edge = new TestEdge(TestEdge.slow(entered, release));
        var client = edge.connect()) {
      client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
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
                  Limits.standard(),
                  TrustedProxies.none()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1 port " + edge.port());
    }
  }
}
