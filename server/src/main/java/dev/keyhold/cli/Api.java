package dev.keyhold.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A plain client of the HTTP API.
public final class Api implements AutoCloseable {
  static final JsonMapper JSON = new JsonMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final String endpoint;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// @param endpoint a URL without path
  public Api(String endpoint) {
    this.endpoint = endpoint;
  }

  /// @param headers in the order in which they are shown
  public record Request(
      String method, String path, Map<String, String> headers, Optional<JsonNode> body) {

    public static Request get(String path) {
      return new Request("GET", path, Map.of(), Optional.empty());
    }

    public static Request post(String path, JsonNode body) {
      return new Request(
          "POST", path, Map.of("Content-Type", "application/json"), Optional.of(body));
    }

    public Request with(String header, String value) {
      var more = new LinkedHashMap<>(headers);
      more.put(header, value);
      return new Request(method, path, more, body);
    }
  }

  /// @param body a missing node when the answer has none, or none that is JSON
  public record Answer(int status, JsonNode body, Map<String, String> headers) {
    public boolean isSuccess() {
      return status / 100 == 2;
    }
  }

  /// @throws IOException when there is no answer
  public Answer send(Request request) throws IOException {
    var builder = HttpRequest.newBuilder(URI.create(endpoint + request.path())).timeout(TIMEOUT);
    request.headers().forEach(builder::header);
    builder.method(
        request.method(),
        request
            .body()
            .map(body -> BodyPublishers.ofString(body.toString()))
            .orElseGet(BodyPublishers::noBody));
    try {
      HttpResponse<String> response = client.send(builder.build(), BodyHandlers.ofString());
      var headers = new LinkedHashMap<String, String>();
      response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
      return new Answer(response.statusCode(), parsed(response.body()), headers);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  private static JsonNode parsed(String body) {
    try {
      return JSON.readTree(body);
    } catch (JacksonException _) {
      return JSON.missingNode();
    }
  }

  String endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    client.close();
  }
}
