package dev.keyhold.tls;

/// A certificate or its key can't be used. The message is one clear sentence for the operator.
public final class TlsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TlsException(String message) {
    super(message);
  }

  TlsException(String message, Throwable cause) {
    super(message, cause);
  }
}
