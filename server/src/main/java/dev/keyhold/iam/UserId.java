package dev.keyhold.iam;

/// A user's id: 32 lower-case hexadecimal characters.
public record UserId(String text) {
  @Override
  public String toString() {
    return text;
  }
}
