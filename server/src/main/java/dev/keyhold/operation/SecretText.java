package dev.keyhold.operation;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Secret characters on their way in or out: a plaintext, a data key in hexadecimal, a password.
/// Prints nothing and wipes itself; wiping is best effort, as with
/// [dev.keyhold.crypto.KeyMaterial].
public final class SecretText implements AutoCloseable {
  // Null once closed, so that a late reader fails instead of using a text of zeros.
  private char @Nullable [] chars;

  /// Takes ownership of `chars`: the caller must not touch the array again.
  public SecretText(char[] chars) {
    this.chars = chars;
  }

  /// Lends the characters to `use`, which must neither keep nor change them.
  public <R> R lend(Function<char[], R> use) {
    return use.apply(requireNonNull(chars, "secret text is closed"));
  }

  /// The number of UTF-16 code units.
  public int length() {
    return requireNonNull(chars, "secret text is closed").length;
  }

  @Override
  public void close() {
    char[] mine = chars;
    if (mine != null) {
      Arrays.fill(mine, '\0');
      chars = null;
    }
  }

  @Override
  public String toString() {
    return "SecretText[redacted]";
  }
}
