package dev.keyhold.iam;

import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.util.Optional;

/// An authenticated user, before the project of the request is known to be theirs.
///
/// @param scope the project that the token is for; empty for a domain-scoped token and for a
///   request signature, which both name no project of their own
/// @param method how the caller proved who they are
/// @param accessKey that signed the request, for [Method#SIGNATURE]
public record Principal(
    UserId user,
    String userName,
    DomainId domain,
    Optional<ProjectId> scope,
    Method method,
    Optional<AccessKeyId> accessKey) {

  /// Without an access key.
  public Principal(
      UserId user, String userName, DomainId domain, Optional<ProjectId> scope, Method method) {
    this(user, userName, domain, scope, method, Optional.empty());
  }

  public enum Method {
    TOKEN,
    SIGNATURE
  }
}
