package dev.keyhold.replication;

import dev.keyhold.crypto.KeyMaterial;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// Collects bytes among which are secrets, and forgets them. Large enough to hold any message
/// without a copy left behind by growing.
final class WipedOutput extends ByteArrayOutputStream {
  private static final int CAPACITY = 128 * 1024;

  WipedOutput() {
    super(CAPACITY);
  }

  /// What was written, to be closed.
  KeyMaterial take() {
    var taken = new KeyMaterial(toByteArray());
    wipe();
    return taken;
  }

  void wipe() {
    Arrays.fill(buf, (byte) 0);
    reset();
  }
}
