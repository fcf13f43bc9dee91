package dev.keyhold.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NioGeneratorTest {
  private static final Duration MOMENT = Duration.ofMillis(200);

  private final AtomicLong served = new AtomicLong();
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/echo",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          served.incrementAndGet();
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void countsTheAnswersOfAllConnections() throws Exception {
    var request = PlainRequest.post("/echo", "{\"a\":1}");

    Generator.Slice slice = new NioGenerator().run(request, port(), 3, MOMENT);

    assertThat(slice.requests()).isBetween(1L, served.get());
    assertThat(slice.p99Micros()).isGreaterThanOrEqualTo(slice.p50Micros());
  }

  @Test
  void anAnswerOfNoSuccessIsNoResult() {
    assertThatThrownBy(
            () -> new NioGenerator().run(PlainRequest.get("/nowhere"), port(), 2, MOMENT))
        .isInstanceOf(LoadFailed.class)
        .hasMessageMatching(".*, [12] were refused; .*");
  }

  @Test
  void requestsAreWellFormed() {
    byte[] bytes = PlainRequest.post("/x", "{}").onTheWire("127.0.0.1:80");

    assertThat(new String(bytes, StandardCharsets.US_ASCII))
        .isEqualTo(
            "POST /x HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2\r\n\r\n{}");
  }

  private int port() {
    return server.getAddress().getPort();
  }
}
