package dev.keyhold.keyring;

import dev.keyhold.crypto.KeyMaterial;
import java.time.Instant;

/// A version of a key's material on its way from region to region, unwrapped: to be closed.
public record RegionalMaterial(int version, Instant createdAt, KeyMaterial encoded)
    implements AutoCloseable {
  @Override
  public void close() {
    encoded.close();
  }
}
