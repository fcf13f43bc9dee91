package dev.keyhold.iam;

import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.util.Optional;

/// An authenticated user, before the project of the request is known to be theirs.
///
/// @param scope the project that the token is for; empty for a domain-scoped token and for a
///   request signature, which both name no project of their own
/// @param method how the caller proved who they are
public record Principal(
    UserId user, String userName, DomainId domain, Optional<ProjectId> scope, Method method) {

  public enum Method {
    TOKEN,
    SIGNATURE
  }
}
