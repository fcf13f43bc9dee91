package dev.keyhold.crypto;

import java.security.Key;
import javax.security.auth.DestroyFailedException;
import javax.security.auth.Destroyable;

/// Keys of a provider that keeps them outside the Java heap.
final class NativeKeys {
  private NativeKeys() {}

  /// Wipes and frees the key if its provider can; the JDK's own cannot.
  static void destroy(Key key) {
    if (key instanceof Destroyable destroyable && !destroyable.isDestroyed()) {
      try {
        destroyable.destroy();
      } catch (DestroyFailedException | RuntimeException _) {
        // left to the garbage collector
      }
    }
  }
}
