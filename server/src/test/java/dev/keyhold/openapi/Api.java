package dev.keyhold.openapi;

import dev.keyhold.crypto.Bytes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/// Calls a server on loopback.
final class Api implements AutoCloseable {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String base;

  Api(int port) {
    this.base = "http://127.0.0.1:" + port;
  }

  /// @param target path and query, encoded
  /// @param body empty for none
  /// @param headers names and values in turn
  record Call(String method, String target, Bytes body, List<String> headers) {}

  HttpResponse<String> send(Call call) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(base + call.target()))
            .timeout(Duration.ofMinutes(1))
            .method(
                call.method(),
                call.body().lent().length == 0
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(call.body().lent()));
    if (!call.headers().isEmpty()) {
      request.headers(call.headers().toArray(String[]::new));
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /// Likewise, of a server that may be busy for a moment, with a large RSA key or its disk, and
  /// then says so.
  HttpResponse<String> sendPatiently(Call call) throws IOException, InterruptedException {
    var answer = send(call);
    for (int i = 0; i < 20 && isBusy(answer); i++) {
      Thread.sleep(500);
      answer = send(call);
    }
    return answer;
  }

  private static boolean isBusy(HttpResponse<?> answer) {
    return answer.statusCode() == 503 && answer.headers().firstValue("Retry-After").isPresent();
  }

  @Override
  public void close() {
    client.close();
  }
}
