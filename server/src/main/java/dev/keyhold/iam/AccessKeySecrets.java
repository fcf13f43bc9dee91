package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;

/// Wraps the secrets of access keys for storage, each bound to its access key and user.
public interface AccessKeySecrets {
  Bytes wrap(AccessKeyId id, UserId user, KeyMaterial secret);

  /// @throws dev.keyhold.seal.SealException when the row was altered or is another one's
  KeyMaterial unwrap(AccessKey key);
}
