package dev.keyhold.client;

import java.util.UUID;

/// Names that no other test uses: tests share a server.
final class Names {
  /// A well-formed key id that no key has.
  static final String UNKNOWN_KEY = "00000000-0000-4000-8000-000000000000";

  private Names() {}

  static String fresh() {
    return "t-" + UUID.randomUUID();
  }
}
