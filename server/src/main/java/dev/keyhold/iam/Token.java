package dev.keyhold.iam;

import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.time.Instant;
import java.util.Optional;

/// What a token says, once its signature is known to be ours.
///
/// @param scope the project it is for; empty when it is for the domain
/// @param issuedAt with a precision of milliseconds, as `expiresAt`
/// @param credentialEpoch the user's when it was issued
public record Token(
    UserId user,
    DomainId domain,
    Optional<ProjectId> scope,
    Instant issuedAt,
    Instant expiresAt,
    long credentialEpoch) {

  /// A new token with its text, which is a secret.
  public record Issued(Token token, String text) {
    @Override
    public String toString() {
      return "Issued[" + token + "]";
    }
  }
}
