package dev.keyhold.iam;

import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;

/// A project, the owner of CMKs. In the cloud there is one per region and it bears the region's
/// name.
///
/// @param name unique within the domain
public record Project(ProjectId id, DomainId domain, Name name) {}
