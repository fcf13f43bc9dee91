package dev.keyhold.operation;

/// The response of a call that answers nothing: no body, or `{}`.
public record Done() {
  static final Done DONE = new Done();
}
