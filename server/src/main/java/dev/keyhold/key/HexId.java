package dev.keyhold.key;

import java.util.UUID;

/// The form that ids of projects, domains and users share: a UUID without hyphens.
public final class HexId {
  private static final int LENGTH = 32;

  private HexId() {}

  public static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  public static boolean isWellFormed(String text) {
    if (text.length() != LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(i);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
        return false;
      }
    }
    return true;
  }
}
