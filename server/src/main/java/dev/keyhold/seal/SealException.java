package dev.keyhold.seal;

import dev.keyhold.error.AlteredException;

/// The root key can't be had, or something wrapped under it does not open. The message is one clear
/// sentence for the operator and holds no secret.
public final class SealException extends AlteredException {
  private static final long serialVersionUID = 1L;

  public SealException(String message) {
    super(message);
  }

  public SealException(String message, Throwable cause) {
    super(message, cause);
  }
}
