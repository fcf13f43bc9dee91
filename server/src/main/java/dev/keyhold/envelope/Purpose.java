package dev.keyhold.envelope;

/// What a container is for. A container of one purpose does not open as another.
public enum Purpose {
  /// A data key, of encrypt-datakey and create-datakey.
  DATAKEY(1),
  /// The caller's data, of encrypt-data.
  DATA(2),
  /// The private half of a data key pair.
  PRIVATE_KEY(3);

  private final byte code;

  Purpose(int code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }
}
