package dev.keyhold.error;

/// Something stored is not as Keyhold wrote it: it was edited, swapped or damaged. Neither the
/// caller's mistake nor a state that passes: it is refused, never acted on, and the operator has to
/// look (`keyhold store verify`).
public abstract class AlteredException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  protected AlteredException(String message) {
    super(message);
  }

  protected AlteredException(String message, Throwable cause) {
    super(message, cause);
  }
}
