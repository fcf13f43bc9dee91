package dev.keyhold.key;

import java.time.Instant;

/// A version of a CMK's material that is there.
public record MaterialVersion(int version, Instant createdAt) {}
