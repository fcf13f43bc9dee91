package dev.keyhold.iam;

import java.util.Arrays;
import java.util.function.Function;

/// A password in clear. Prints nothing and wipes itself when closed; wiping is best effort, for the
/// text it came from may live on elsewhere.
public final class Password implements AutoCloseable {
  private final char[] chars;

  /// Copies `text`, which can't be wiped: for what arrives as a `String` anyway.
  public Password(String text) {
    this(text.toCharArray());
  }

  private Password(char[] chars) {
    this.chars = chars;
  }

  /// Takes ownership of `chars`.
  public static Password owning(char[] chars) {
    return new Password(chars);
  }

  /// Lends the characters to `use`, which must neither keep nor change them. NULs once closed.
  public <R> R lend(Function<char[], R> use) {
    return use.apply(chars);
  }

  /// In characters.
  public int length() {
    return chars.length;
  }

  @Override
  public void close() {
    Arrays.fill(chars, '\0');
  }

  @Override
  public String toString() {
    return "Password[redacted]";
  }
}
