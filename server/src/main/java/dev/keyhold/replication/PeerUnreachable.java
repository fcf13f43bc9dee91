package dev.keyhold.replication;

/// Another region gave no answer that could be understood.
final class PeerUnreachable extends Exception {
  private static final long serialVersionUID = 1L;
  private final boolean surelyUnsent;

  /// @param surelyUnsent whether the other region can't have got the message
  PeerUnreachable(String message, boolean surelyUnsent) {
    super(message);
    this.surelyUnsent = surelyUnsent;
  }

  boolean surelyUnsent() {
    return surelyUnsent;
  }
}
