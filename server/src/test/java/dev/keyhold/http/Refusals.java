package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What every refusal must look like.
final class Refusals {
  private static final JsonMapper MAPPER = new JsonMapper();

  private Refusals() {}

  private static JsonNode common(RawClient.Response response) {
    assertThat(response.header("content-type")).isEqualTo("application/json");
    assertThat(response.header("cache-control")).isEqualTo("no-store");
    assertThat(response.header("x-request-id")).matches("[0-9a-f]{32}");
    assertThat(response.header("date")).endsWith(" GMT");
    assertThat(response.body())
        .doesNotContainIgnoringCase("exception")
        .doesNotContain("\tat ", "io.netty", "io.vertx", "tools.jackson", "dev.keyhold", "java.");
    return MAPPER.readTree(response.body());
  }

  static void assertGateway(RawClient.Response response, String code) {
    JsonNode body = common(response);
    assertThat(body.path("error_code").asString()).isEqualTo(code);
    assertThat(body.path("error_msg").asString()).isNotEmpty();
    assertThat(body.path("request_id").asString()).isEqualTo(response.header("x-request-id"));
  }

  static void assertKms(RawClient.Response response, String code) {
    JsonNode error = common(response).path("error");
    assertThat(error.path("error_code").asString()).isEqualTo(code);
    assertThat(error.path("error_msg").asString()).isNotEmpty();
  }

  static void assertKeystone(RawClient.Response response, int status, String title) {
    JsonNode error = common(response).path("error");
    assertThat(response.status()).isEqualTo(status);
    assertThat(error.path("code").asInt()).isEqualTo(status);
    assertThat(error.path("title").asString()).isEqualTo(title);
    assertThat(error.path("message").asString()).isNotEmpty();
  }
}
