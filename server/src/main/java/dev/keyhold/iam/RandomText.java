package dev.keyhold.iam;

import java.security.SecureRandom;

/// Random characters for credentials.
final class RandomText {
  private RandomText() {}

  /// @return `count` characters, each drawn evenly from `alphabet`
  static char[] of(SecureRandom random, String alphabet, int count) {
    char[] chars = new char[count];
    for (int i = 0; i < count; i++) {
      chars[i] = alphabet.charAt(random.nextInt(alphabet.length()));
    }
    return chars;
  }
}
