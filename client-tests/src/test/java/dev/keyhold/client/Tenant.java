package dev.keyhold.client;

import com.fasterxml.jackson.databind.JsonNode;

/// An account of a development server, as `dev-credentials.json` tells it.
record Tenant(
    String endpoint,
    String region,
    String domainId,
    String domainName,
    String projectId,
    String projectName,
    String userName,
    String password,
    String accessKey,
    String secretKey) {

  static Tenant of(JsonNode json) {
    return new Tenant(
        member(json, "endpoint"),
        member(json, "region"),
        member(json, "domain_id"),
        member(json, "domain_name"),
        member(json, "project_id"),
        member(json, "project_name"),
        member(json, "user_name"),
        member(json, "password"),
        member(json, "access_key"),
        member(json, "secret_key"));
  }

  private static String member(JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw new AssertionError("dev-credentials.json has no " + name);
    }
    return value.textValue();
  }

  Tenant withSecretKey(String other) {
    return new Tenant(
        endpoint,
        region,
        domainId,
        domainName,
        projectId,
        projectName,
        userName,
        password,
        accessKey,
        other);
  }

  Tenant withAccessKey(String other) {
    return new Tenant(
        endpoint,
        region,
        domainId,
        domainName,
        projectId,
        projectName,
        userName,
        password,
        other,
        secretKey);
  }

  Tenant withProjectId(String other) {
    return new Tenant(
        endpoint,
        region,
        domainId,
        domainName,
        other,
        projectName,
        userName,
        password,
        accessKey,
        secretKey);
  }

  /// Without the secrets.
  @Override
  public String toString() {
    return "Tenant[" + domainName + "]";
  }
}
