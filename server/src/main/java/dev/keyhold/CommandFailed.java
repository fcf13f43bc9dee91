package dev.keyhold;

/// A command could not do its work, though it was given as it should be. The message is one clear
/// sentence.
final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailed(String message) {
    super(message);
  }
}
