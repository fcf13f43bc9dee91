package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;
import java.time.Instant;

/// An access key as it is stored.
///
/// @param wrappedSecret the secret (SK), which a signature check needs in clear, wrapped under the
///   instance's KEK for exactly this `id` and `user`: a row given to another user does not open
/// @param enabled whether it may sign; a disabled user's keys may not either way
/// @param createdAt in whole milliseconds
/// @param description what its user says it is for, at most 255 characters
public record AccessKey(
    AccessKeyId id,
    UserId user,
    Bytes wrappedSecret,
    boolean enabled,
    Instant createdAt,
    String description) {

  AccessKey changed(boolean nowEnabled, String newDescription) {
    return new AccessKey(id, user, wrappedSecret, nowEnabled, createdAt, newDescription);
  }
}
