package dev.keyhold.operation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;

/// The body that tells what a token is. Source: IAM API Reference, "Obtaining a User Token Through
/// Password Authentication".
public record TokenResponse(TokenBody token) {

  /// @param expiresAt UTC with microseconds, `2026-01-02T03:04:05.678000Z`; likewise `issuedAt`
  /// @param catalog absent when the caller asked for none
  /// @param project of a token for a project
  /// @param domain of a token for a domain
  public record TokenBody(
      String expiresAt,
      String issuedAt,
      List<String> methods,
      Optional<List<Service>> catalog,
      List<Role> roles,
      Optional<ScopedProject> project,
      Optional<Named> domain,
      TokenUser user) {}

  public record Service(String id, String name, String type, List<Endpoint> endpoints) {}

  /// @param audience who may reach it: `public`
  public record Endpoint(
      String id,
      @JsonProperty("interface") String audience,
      String region,
      String regionId,
      String url) {}

  public record Role(String id, String name) {}

  public record Named(String id, String name) {}

  public record ScopedProject(String id, String name, Named domain) {}

  /// @param passwordExpiresAt empty: never
  public record TokenUser(String id, String name, String passwordExpiresAt, Named domain) {}
}
