package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RoutesTest {
  @Test
  void everyRowRefusesStrangersAndOversize() throws IOException {
    try (var edge = new TestEdge()) {
      RouteGuard.assertEveryRowRefusesStrangersAndOversize(edge.table(), edge.port());
    }
  }

  @Test
  void readinessIsToldByStatus() throws IOException {
    var ready = new AtomicBoolean();
    var table = Routes.table(ready::get, List.of(), List.of());
    try (var listener =
            Listener.start(
                "127.0.0.1",
                0,
                Optional.empty(),
                table,
                TestEdge.stranger(),
                Limits.standard(),
                TrustedProxies.none());
        var client = new RawClient(listener.port())) {
      String request = "GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n";
      var down = client.send(request).receive();
      assertThat(down.status()).isEqualTo(503);
      assertThat(down.header("retry-after")).isEqualTo("1");
      ready.set(true);
      var up = client.send(request).receive();
      assertThat(up.status()).isEqualTo(200);
      assertThat(up.body()).isEqualTo("{\"status\":\"UP\"}");
      assertThat(up.header("content-type")).isEqualTo("application/json");
      assertThat(up.header("cache-control")).isEqualTo("no-store");
    }
  }
}
