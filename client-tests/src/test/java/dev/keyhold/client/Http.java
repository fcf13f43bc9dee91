package dev.keyhold.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Raw HTTP calls, for all that the SDK would not send. The JDK's client resends no POST.
///
/// @param endpoint without a slash at its end
/// @param projectId of the paths that [#kms] makes
/// @param headers sent with each request
record Http(String endpoint, String projectId, Map<String, String> headers) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(LIMIT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  Http {
    headers = Map.copyOf(headers);
  }

  /// As nobody.
  static Http anonymous(Tenant tenant) {
    return new Http(tenant.endpoint(), tenant.projectId(), Map.of());
  }

  static Http withToken(Tenant tenant, String token) {
    return anonymous(tenant).with("X-Auth-Token", token);
  }

  /// With a new token for the tenant's project.
  static Http loggedIn(Tenant tenant) {
    return withToken(tenant, Login.token(tenant));
  }

  Http with(String header, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Http(endpoint, projectId, more);
  }

  Http withProject(String otherProject) {
    return new Http(endpoint, otherProject, headers);
  }

  /// `POST /v1.0/{project_id}/kms/{action}`.
  Answer kms(String action, Map<String, ?> body) {
    return kms(action, json(body));
  }

  Answer kms(String action, String body) {
    return kms(action, body.getBytes(StandardCharsets.UTF_8));
  }

  Answer kms(String action, byte[] body) {
    return send("POST", kmsPath(action), body);
  }

  String kmsPath(String action) {
    return "/v1.0/" + projectId + "/kms/" + action;
  }

  Answer get(String path) {
    return send("GET", path, new byte[0]);
  }

  Answer post(String path, Map<String, ?> body) {
    return send("POST", path, json(body).getBytes(StandardCharsets.UTF_8));
  }

  /// @param body sent with a content type and a length, or not at all when empty
  Answer send(String method, String path, byte[] body) {
    var request = HttpRequest.newBuilder(URI.create(endpoint + path)).timeout(LIMIT);
    headers.forEach(request::header);
    if (body.length > 0) {
      request.header("Content-Type", "application/json;charset=UTF-8");
    }
    request.method(
        method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    try {
      return new Answer(CLIENT.send(request.build(), BodyHandlers.ofByteArray()));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", interrupt);
    }
  }

  static String json(Map<String, ?> body) {
    try {
      return JSON.writeValueAsString(body);
    } catch (JsonProcessingException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// A server's answer, of any kind.
  record Answer(int status, HttpHeaders headers, String body) {
    private Answer(HttpResponse<byte[]> response) {
      this(
          response.statusCode(),
          response.headers(),
          new String(response.body(), StandardCharsets.UTF_8));
    }

    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException malformed) {
        throw new AssertionError("not JSON: " + status + " " + body, malformed);
      }
    }

    /// The text of a member of the top-level object.
    String text(String member) {
      JsonNode value = json().path(member);
      if (!value.isTextual()) {
        throw new AssertionError(member + " is no text in: " + status + " " + body);
      }
      return value.textValue();
    }

    /// The error code, of any of the three shapes; empty when the answer has none.
    String code() {
      if (body.isEmpty()) {
        return "";
      }
      JsonNode json = json();
      JsonNode nested = json.path("error");
      return nested.isObject()
          ? nested.path("error_code").asText(nested.path("code").asText())
          : json.path("error_code").asText();
    }

    Optional<String> header(String name) {
      return headers.firstValue(name);
    }

    String requestId() {
      return header("X-Request-Id").orElse("");
    }

    /// This answer when it is a success; a refusal for want of something, which a disk that is busy
    /// with others may cause, is an exception of its own.
    Answer acknowledged() {
      if (status == 503) {
        throw new NotNow();
      }
      return ok();
    }

    /// This answer when it is a success.
    Answer ok() {
      if (status / 100 != 2) {
        throw new AssertionError(status + " " + body);
      }
      return this;
    }
  }

  /// The server can't do it now: 503.
  static final class NotNow extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Asks until the server can do it.
  static Answer patiently(Supplier<Answer> call) {
    Answer answer = call.get();
    for (int i = 0; i < 200 && answer.status() == 503; i++) {
      ServerProcess.pause(Duration.ofMillis(100));
      answer = call.get();
    }
    return answer;
  }

  /// Makes a change as soon as the server can. An attempt that was told 503 may have made it all
  /// the same, and then a later one is refused.
  ///
  /// @param already the code of that refusal, which is none to the first attempt
  static void once(String already, Supplier<Answer> change) {
    Answer first = change.get();
    if (first.status() != 503) {
      first.ok();
      return;
    }
    Answer later = patiently(change);
    if (!later.code().equals(already)) {
      later.ok();
    }
  }
}
