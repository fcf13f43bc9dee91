package dev.keyhold.iam;

import dev.keyhold.key.HexId;

/// A user's id: 32 lower-case hexadecimal characters.
public record UserId(String text) {
  public UserId {
    if (!HexId.isWellFormed(text)) {
      throw new IllegalArgumentException("not a user id");
    }
  }

  public static UserId random() {
    return new UserId(HexId.random());
  }

  @Override
  public String toString() {
    return text;
  }
}
