package dev.keyhold.iam;

import dev.keyhold.crypto.KeyMaterial;

/// An access key that was made just now. This is the only time that its secret is seen in clear.
///
/// @param secret 40 ASCII characters, to be used as they are
public record NewAccessKey(AccessKey key, KeyMaterial secret) implements AutoCloseable {
  @Override
  public void close() {
    secret.close();
  }
}
