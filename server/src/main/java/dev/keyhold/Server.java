package dev.keyhold;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/// A place holder that serves health alone.
public final class Server {
  private final DataFolder data;
  private final HttpServer http;
  private final CountDownLatch stopped = new CountDownLatch(1);

  private Server(DataFolder data, HttpServer http) {
    this.data = data;
    this.http = http;
  }

  public static Server start(Config config) {
    DataFolder data = DataFolder.take(config.data());
    try {
      HttpServer http =
          HttpServer.create(
              new InetSocketAddress(config.listen().host(), config.listen().port()), 0);
      byte[] body = "{\"status\":\"UP\"}".getBytes(StandardCharsets.UTF_8);
      http.createContext(
          "/health",
          exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      http.start();
      return new Server(data, http);
    } catch (IOException failure) {
      data.close();
      throw new UncheckedIOException(failure);
    }
  }

  /// The port that the listener really has.
  public int port() {
    return http.getAddress().getPort();
  }

  /// Returns when the server has stopped.
  public void awaitStop() {
    try {
      stopped.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes no new requests, answers those in flight, closes everything.
  public void stop() {
    http.stop(0);
    data.close();
    stopped.countDown();
  }
}
