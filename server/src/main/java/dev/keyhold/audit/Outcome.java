package dev.keyhold.audit;

import java.util.Locale;

/// What became of a call.
public enum Outcome {
  /// It did what it was asked.
  ALLOWED,
  /// The caller was told why not.
  REFUSED,
  /// It was not the caller's fault.
  FAILED;

  private final String text = name().toLowerCase(Locale.ROOT);

  /// As in a record.
  public String text() {
    return text;
  }
}
