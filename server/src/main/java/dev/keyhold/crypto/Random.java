package dev.keyhold.crypto;

import java.util.Objects;

/// Random bytes, fit for keys and nonces, from any thread and without waiting.
public final class Random {
  private Random() {}

  /// Fills `length` bytes of `out` from `offset`.
  public static void fill(byte[] out, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, out.length);
    try (var work = Workspace.borrow()) {
      work.random(out, offset, length);
    }
  }

  public static byte[] bytes(int length) {
    byte[] out = new byte[length];
    fill(out, 0, length);
    return out;
  }
}
