package dev.keyhold.key;

import java.time.Instant;
import java.time.InstantSource;

/// Times as the store keeps them, in whole milliseconds. One that had more would be another one
/// when it is read again, and a MAC over it would be wrong.
public final class StoredTime {
  private StoredTime() {}

  public static Instant now(InstantSource clock) {
    return Instant.ofEpochMilli(clock.millis());
  }
}
