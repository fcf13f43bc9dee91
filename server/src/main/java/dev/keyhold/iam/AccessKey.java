package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;

/// An access key as it is stored.
///
/// @param wrappedSecret the secret (SK), which a signature check needs in clear, wrapped under the
///   instance's KEK for exactly this `id` and `user`: a row given to another user does not open
/// @param enabled whether it may sign; a disabled user's keys may not either way
public record AccessKey(AccessKeyId id, UserId user, Bytes wrappedSecret, boolean enabled) {}
