package dev.keyhold.bench.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Sends the few calls that prepare a load, and checks what they answer.
final class Api implements AutoCloseable {
  static final JsonMapper JSON = new JsonMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final String authority;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Api(String authority) {
    this.authority = authority;
  }

  String authority() {
    return authority;
  }

  record Answer(JsonNode body, HttpResponse<String> response) {
    String text(String pointer) throws LoadFailed {
      JsonNode found = body.at(pointer);
      if (!found.isString()) {
        throw new LoadFailed(response.request().uri().getPath() + " answered without " + pointer);
      }
      return found.stringValue();
    }

    String header(String name) throws LoadFailed {
      return response
          .headers()
          .firstValue(name)
          .orElseThrow(() ->
              new LoadFailed(response.request().uri().getPath() + " answered without " + name));
    }
  }

  /// @throws LoadFailed when the answer is no success
  Answer send(PlainRequest request) throws IOException, InterruptedException {
    var builder =
        HttpRequest.newBuilder(URI.create("http://" + authority + request.path())).timeout(TIMEOUT);
    request.headers().forEach(builder::header);
    builder.method(
        request.method(),
        request.body().isEmpty()
            ? BodyPublishers.noBody()
            : BodyPublishers.ofString(request.body()));
    HttpResponse<String> response = client.send(builder.build(), BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new LoadFailed(request + " answered " + response.statusCode() + ": " + response.body());
    }
    return new Answer(JSON.readTree(response.body()), response);
  }

  @Override
  public void close() {
    client.close();
  }
}
