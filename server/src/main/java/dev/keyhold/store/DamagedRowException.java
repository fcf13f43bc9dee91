package dev.keyhold.store;

import dev.keyhold.error.AlteredException;

/// A stored row holds what no version of Keyhold writes: the database was edited or is corrupt. The
/// row is not served. The message says which query met it, and none of its values.
public final class DamagedRowException extends AlteredException {
  private static final long serialVersionUID = 1L;

  DamagedRowException(String message, Throwable cause) {
    super(message, cause);
  }
}
