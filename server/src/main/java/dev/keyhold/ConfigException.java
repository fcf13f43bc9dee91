package dev.keyhold;

/// The configuration can't be used. The message says which property, where it was set and what
/// would be right.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }
}
