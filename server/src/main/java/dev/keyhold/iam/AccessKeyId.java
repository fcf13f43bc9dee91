package dev.keyhold.iam;

import java.util.Optional;

/// The public half of an access key (AK): 1 to 64 ASCII letters and digits; those made here have 20
/// of `A-Z0-9`.
public record AccessKeyId(String text) {
  private static final int MAX_CHARS = 64;

  public AccessKeyId {
    if (!isWellFormed(text)) {
      throw new IllegalArgumentException("not an access key id");
    }
  }

  public static Optional<AccessKeyId> parse(String text) {
    return isWellFormed(text) ? Optional.of(new AccessKeyId(text)) : Optional.empty();
  }

  private static boolean isWellFormed(String text) {
    if (text.isEmpty() || text.length() > MAX_CHARS) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
