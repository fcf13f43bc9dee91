package dev.keyhold.client;

import dev.keyhold.client.Http.Answer;
import java.util.List;
import java.util.Map;

/// Password logins: `POST /v3/auth/tokens`.
final class Login {
  static final String PATH = "/v3/auth/tokens";

  private Login() {}

  /// A new token for the tenant's project.
  static String token(Tenant tenant) {
    return tokenOf(withPassword(tenant, tenant.password(), projectById(tenant)));
  }

  static String tokenOf(Answer answer) {
    return answer
        .ok()
        .header("X-Subject-Token")
        .orElseThrow(() -> new AssertionError("no X-Subject-Token"));
  }

  static Answer withPassword(Tenant tenant, String password, Map<String, ?> scope) {
    return Http.anonymous(tenant).post(PATH + "?nocatalog=true", body(tenant, password, scope));
  }

  static Map<String, ?> body(Tenant tenant, String password, Map<String, ?> scope) {
    return body(tenant.userName(), tenant.domainName(), password, scope);
  }

  static Map<String, ?> body(String user, String domain, String password, Map<String, ?> scope) {
    return Map.of(
        "auth",
        Map.of(
            "identity",
            Map.of(
                "methods",
                List.of("password"),
                "password",
                Map.of(
                    "user",
                    Map.of("name", user, "password", password, "domain", Map.of("name", domain)))),
            "scope",
            scope));
  }

  static Map<String, ?> projectById(Tenant tenant) {
    return Map.of("project", Map.of("id", tenant.projectId()));
  }

  static Map<String, ?> projectByName(Tenant tenant) {
    return Map.of("project", Map.of("name", tenant.projectName()));
  }

  static Map<String, ?> domainById(Tenant tenant) {
    return Map.of("domain", Map.of("id", tenant.domainId()));
  }

  static Map<String, ?> domainByName(Tenant tenant) {
    return Map.of("domain", Map.of("name", tenant.domainName()));
  }
}
