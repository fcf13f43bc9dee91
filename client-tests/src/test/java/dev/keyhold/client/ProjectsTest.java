package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.client.Http.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `GET /v3/projects`, `/v3/auth/projects` and `/v3/auth/domains`.
class ProjectsTest {
  private final Tenant tenant = SharedServer.tenant();
  private final Http anonymous = Http.anonymous(tenant);

  @Test
  void projectsAreThoseOfTheAccount() {
    Http http = Http.loggedIn(tenant);

    for (String path :
        List.of(
            "/v3/projects",
            "/v3/auth/projects",
            "/v3/projects?name=" + tenant.projectName(),
            "/v3/projects?enabled=true&domain_id=" + tenant.domainId() + "&page=1&per_page=10")) {
      JsonNode answer = http.get(path).ok().json();
      JsonNode projects = answer.path("projects");
      assertThat(projects.size()).describedAs(path).isEqualTo(1);
      JsonNode project = projects.get(0);
      assertThat(project.path("id").asText()).isEqualTo(tenant.projectId());
      assertThat(project.path("name").asText()).isEqualTo(tenant.projectName());
      assertThat(project.path("domain_id").asText()).isEqualTo(tenant.domainId());
      assertThat(project.path("enabled").isBoolean()).isTrue();
      assertThat(project.path("enabled").asBoolean()).isTrue();
      assertThat(project.path("is_domain").asBoolean(true)).isFalse();
      assertThat(project.path("description").isTextual()).isTrue();
      assertThat(project.path("links").has("self")).isTrue();
      assertThat(answer.path("links").has("self")).isTrue();
    }
    for (String path :
        List.of(
            "/v3/projects?name=nowhere",
            "/v3/projects?enabled=false",
            "/v3/projects?page=2&per_page=10")) {
      assertThat(http.get(path).ok().json().path("projects").size()).describedAs(path).isZero();
    }
  }

  @Test
  void domainIsThatOfTheAccount() {
    JsonNode answer = Http.loggedIn(tenant).get("/v3/auth/domains").ok().json();

    assertThat(answer.path("domains").size()).isEqualTo(1);
    JsonNode domain = answer.path("domains").get(0);
    assertThat(domain.path("id").asText()).isEqualTo(tenant.domainId());
    assertThat(domain.path("name").asText()).isEqualTo(tenant.domainName());
    assertThat(domain.path("enabled").asBoolean()).isTrue();
    assertThat(domain.path("description").isTextual()).isTrue();
    assertThat(domain.path("links").has("self")).isTrue();
    assertThat(answer.path("links").has("self")).isTrue();
  }

  @Test
  void listsAreForCallersOnly() {
    for (String path : List.of("/v3/projects", "/v3/auth/projects", "/v3/auth/domains")) {
      Answer answer = anonymous.get(path);
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.code()).isIn("401", "APIGW.0301");
    }
  }
}
