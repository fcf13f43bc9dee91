package dev.keyhold.envelope;

/// What a container is for. A container of one purpose does not open as another.
public enum Purpose {
  /// A data key, of encrypt-datakey and create-datakey.
  DATAKEY(1),
  /// The caller's data, of encrypt-data.
  DATA(2),
  /// The private half of a data key pair.
  PRIVATE_KEY(3),
  /// A caller's own SM2 private key, of encrypt-datakey with `key_spec` SM2.
  SM2_PRIVATE_KEY(4),
  /// A caller's own RSA private key, of encrypt-datakey with `key_spec` RSA.
  RSA_PRIVATE_KEY(5);

  private final byte code;

  Purpose(int code) {
    this.code = (byte) code;
  }

  byte code() {
    return code;
  }
}
