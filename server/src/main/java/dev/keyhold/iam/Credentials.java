package dev.keyhold.iam;

import dev.keyhold.crypto.KeyMaterial;

/// What a new tenant's first user logs in and signs with. This is the only time that the password
/// and the secret are seen in clear; `toString` shows neither.
///
/// @param secretKey 40 ASCII characters, to be used as they are
public record Credentials(
    Domain domain,
    Project project,
    UserId userId,
    Name userName,
    Password password,
    AccessKeyId accessKey,
    KeyMaterial secretKey)
    implements AutoCloseable {

  @Override
  public void close() {
    password.close();
    secretKey.close();
  }
}
