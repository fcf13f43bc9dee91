package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RouteTableTest {
  private static Route row(String method, String template) {
    return new Route(
        method,
        template,
        Access.OPEN,
        0,
        Duration.ofSeconds(1),
        RunsOn.EVENT_LOOP,
        ErrorShape.KMS,
        Rate.MANAGEMENT,
        _ -> Answer.empty(204));
  }

  private static final RouteTable TABLE =
      new RouteTable(
          List.of(
              row("GET", "/"),
              row("GET", "/v1.0"),
              row("POST", "/v1.0/{project_id}/kms/create-key"),
              row("GET", "/v1.0/{project_id}/kms/aliases"),
              row("POST", "/v1.0/{project_id}/kms/aliases"),
              row("GET", "/v1.0/{project_id}/kms/{key_id}/tags"),
              row("DELETE", "/v1.0/{project_id}/kms/{key_id}/tags/{key}")));

  private static String found(String method, String path) {
    return TABLE.match(method, path) instanceof RouteTable.Found it
        ? it.route() + " " + it.names() + it.values()
        : "nothing";
  }

  private static Answer refused(String method, String path) {
    return TABLE.match(method, path) instanceof RouteTable.Refused(Answer answer, ErrorShape _)
        ? answer
        : Answer.empty(204);
  }

  @Test
  void literalsAndParametersAreFound() {
    assertThat(found("GET", "/")).isEqualTo("GET / [][]");
    assertThat(found("GET", "/v1.0")).isEqualTo("GET /v1.0 [][]");
    assertThat(found("POST", "/v1.0/p/kms/create-key"))
        .isEqualTo("POST /v1.0/{project_id}/kms/create-key [project_id][p]");
    assertThat(found("DELETE", "/v1.0/p/kms/k/tags/a+b:c"))
        .isEqualTo(
            "DELETE /v1.0/{project_id}/kms/{key_id}/tags/{key} [project_id, key_id, key][p, k,"
                + " a+b:c]");
  }

  @Test
  void segmentsAreComparedDecoded() {
    assertThat(found("GET", "/v1%2e0/p/%6Bms/aliases"))
        .isEqualTo("GET /v1.0/{project_id}/kms/aliases [project_id][p]");
    assertThat(found("DELETE", "/v1.0/p/kms/k/tags/%E5%AF%86%20%3F%25")).endsWith("[p, k, 密 ?%]");
  }

  @Test
  void literalWinsOverParameterForGood() {
    assertThat(found("GET", "/v1.0/p/kms/aliases")).contains("/aliases");
    assertThat(found("GET", "/v1.0/p/kms/aliases/tags")).isEqualTo("nothing");
  }

  @Test
  void unknownPathIsNoApi() {
    for (var path :
        List.of(
            "/v1.0/",
            "/v1",
            "/v1.00",
            "/V1.0",
            "/v1.0/p",
            "/v1.0/p/kms",
            "/v1.0/p/kms/",
            "/v1.0/p/kms/create-key/",
            "/v1.0/p/kms/create-keys",
            "/v1.0/p/kms/{key_id}",
            "/v1.0/p/kms/k/tags/",
            "/v1.0/p/kms/k/tags/t/u",
            "/x")) {
      assertThat(refused("GET", path).refusal().orElseThrow().error())
          .as(path)
          .isEqualTo(GatewayError.NO_SUCH_API);
    }
  }

  @Test
  void otherMethodIsTold() {
    var answer = refused("PUT", "/v1.0/p/kms/aliases");
    assertThat(answer.refusal().orElseThrow().error()).isEqualTo(KmsError.METHOD_NOT_SUPPORTED);
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.headers()).containsExactly(java.util.Map.entry("Allow", "GET, POST"));
    assertThat(refused("get", "/v1.0").status()).isEqualTo(405);
  }

  @Test
  void manyLiteralsAreAllFound() {
    var table =
        new RouteTable(IntStream.range(0, 1000).mapToObj(i -> row("GET", "/a/op-" + i)).toList());
    for (int i = 0; i < 1000; i++) {
      assertThat(table.match("GET", "/a/op-" + i)).isInstanceOf(RouteTable.Found.class);
      assertThat(table.match("GET", "/a/op-" + i + "x")).isInstanceOf(RouteTable.Refused.class);
    }
  }

  @Test
  void rowsAreNotThereTwice() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RouteTable(List.of(row("GET", "/a/{b}"), row("GET", "/a/{c}"))));
  }

  @Test
  void routeForCallersNamesTheProject() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Route.get(
                "/v1.0/keys",
                Access.CALLER,
                Duration.ofSeconds(1),
                RunsOn.EVENT_LOOP,
                _ -> Answer.empty(204)));
  }

  @Test
  void targetsAreSplitAtTheQuestionMark() {
    assertThat(Target.parse("/a/b?c=d?e")).isEqualTo(new Target("/a/b", "c=d?e"));
    assertThat(Target.parse("/a/b")).isEqualTo(new Target("/a/b", ""));
    assertThat(Target.parse("/a/...")).isEqualTo(new Target("/a/...", ""));
    assertThatThrownBy(() -> Target.parse("/a/../b")).isInstanceOf(KmsException.Rejected.class);
  }
}
