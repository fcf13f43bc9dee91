package dev.keyhold.key;

import java.time.Instant;

/// Another name for a key, which may be moved to another key of the project.
///
/// @param name unique within `domain`
/// @param project the project of `key`
public record Alias(
    DomainId domain,
    AliasName name,
    ProjectId project,
    KeyId key,
    Instant createdAt,
    Instant updatedAt) {

  /// The alias, moved.
  public Alias associated(KeyId target, Instant now) {
    return new Alias(domain, name, project, target, createdAt, now);
  }
}
