package dev.keyhold.envelope;

/// What it takes to open a container beside the CMK. A container of one kind does not open as
/// another.
enum Binding {
  NONE(0),
  /// A PIN: the container's key is derived from it, see [PinKey].
  PIN(1);

  private final byte code;

  Binding(int code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }
}
