package dev.keyhold.iam;

/// A stored password: what [Passwords] made of it, a PHC string
/// `$argon2id$v=19$m=..,t=..,p=..$salt$hash` of at most 255 ASCII characters. Prints nothing: a
/// hash in a log invites guessing.
public record PasswordHash(String text) {
  @Override
  public String toString() {
    return "PasswordHash[redacted]";
  }
}
