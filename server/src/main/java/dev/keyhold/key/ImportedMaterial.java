package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;
import java.time.Instant;
import java.util.Optional;

/// What is known of the material that was imported into an external key, even once it is deleted:
/// only the same may be imported again.
///
/// @param fingerprint a MAC over the material under a key of the project; it tells nothing to whom
///   has not that key
/// @param present false when the material was deleted or has expired
/// @param expiresAt when the material is to be deleted; empty for never, and when it is not present
public record ImportedMaterial(Bytes fingerprint, boolean present, Optional<Instant> expiresAt) {
  ImportedMaterial deleted() {
    return new ImportedMaterial(fingerprint, false, Optional.empty());
  }
}
