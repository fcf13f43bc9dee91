package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;
import java.time.Instant;

/// One version of a CMK's material, wrapped under the project's KEK with the row's identity as AAD.
///
/// @param version from 0
/// @param wrapped as `seal.Keks` writes it
public record StoredMaterial(KeyId key, int version, Bytes wrapped, Instant createdAt) {}
