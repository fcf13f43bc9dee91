package dev.keyhold.store;

/// A stored row holds what no version of Keyhold writes: the database was edited or is corrupt. The
/// row is not served. The message says which query met it, and none of its values.
public final class DamagedRowException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DamagedRowException(String message, Throwable cause) {
    super(message, cause);
  }
}
