package dev.keyhold;

/// The server must not start as things are: not initialised, files open to others, data in use. The
/// message is one clear sentence that says what to do.
public final class StartRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartRefused(String message) {
    super(message);
  }
}
