package dev.keyhold.iam;

import java.text.Normalizer;
import java.util.Optional;

/// The name of a domain, project or user: 1 to 64 characters in the one spelling that is stored and
/// compared. White space around it is gone, it is in Unicode's normal form C, and it has no
/// control, format, private or unassigned characters and no line breaks. Case counts, as in
/// Keystone.
///
/// Whatever comes from outside becomes a `Name` before it is looked up or its failed logins are
/// counted, so no second spelling slips past a uniqueness rule or a lock.
public record Name(String text) {
  private static final int MAX_CHARS = 64;

  /// @throws IllegalArgumentException when `text` is not in the stored spelling
  public Name {
    if (!text.equals(normalised(text)) || !isAllowed(text)) {
      throw new IllegalArgumentException("not a normalised name");
    }
  }

  /// Normalises what a caller wrote; empty when it can be no name.
  public static Optional<Name> parse(String text) {
    if (text.length() > 4 * MAX_CHARS) { // no work on what can't fit
      return Optional.empty();
    }
    String normalised = normalised(text);
    return isAllowed(normalised) ? Optional.of(new Name(normalised)) : Optional.empty();
  }

  private static String normalised(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC).strip();
  }

  private static boolean isAllowed(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_CHARS
        && text.codePoints().allMatch(Name::isAllowed);
  }

  private static boolean isAllowed(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
