package dev.keyhold.backup;

/// A backup can't be made or is not whole. The message is a sentence for the operator.
public final class BackupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BackupException(String message) {
    super(message);
  }

  public BackupException(String message, Throwable cause) {
    super(message, cause);
  }
}
