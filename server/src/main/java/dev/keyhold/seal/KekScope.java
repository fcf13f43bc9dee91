package dev.keyhold.seal;

import dev.keyhold.key.ProjectId;

/// Whose secrets a KEK protects.
public sealed interface KekScope {
  /// Keyhold's own: access-key secrets, token signing.
  record Instance() implements KekScope {}

  /// A project's: its key material. Dropping the KEK shreds the project.
  record OfProject(ProjectId project) implements KekScope {}

  /// The name in the database: `instance`, or `project:` and the project id.
  default String storedName() {
    return switch (this) {
      case Instance _ -> "instance";
      case OfProject of -> "project:" + of.project().text();
    };
  }
}
