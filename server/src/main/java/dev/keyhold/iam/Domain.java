package dev.keyhold.iam;

import dev.keyhold.key.DomainId;

/// An account, the owner of projects and users.
///
/// @param name unique among domains
public record Domain(DomainId id, Name name) {}
