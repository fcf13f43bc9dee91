package dev.keyhold.iam;

import dev.keyhold.key.ProjectId;

/// A principal and the project it acts in, which is known to belong to the principal's domain.
public record Caller(Principal principal, ProjectId project) {}
