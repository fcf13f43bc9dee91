package dev.keyhold.http;

import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/// A request body on its way in, never larger than its limit.
final class Body {
  // What is taken on the word of a Content-Length alone.
  private static final int TRUSTED_BYTES = 64 * 1024;

  private final int limit;
  private byte[] bytes;
  private int length;

  /// @param declared the Content-Length, at most `limit`; 0 when it is not known
  Body(int limit, int declared) {
    this.limit = limit;
    this.bytes = new byte[Math.min(declared, TRUSTED_BYTES)];
  }

  /// Takes a piece, unless the body would pass its limit.
  boolean add(Buffer piece) {
    int more = piece.length();
    if (more > limit - length) {
      return false;
    }
    if (more > bytes.length - length) {
      resize(length == 0 ? more : Math.min(limit, Math.max(2 * bytes.length, length + more)));
    }
    piece.getBytes(bytes, length);
    length += more;
    return true;
  }

  byte[] whole() {
    if (length != bytes.length) {
      resize(length);
    }
    return bytes;
  }

  private void resize(int size) {
    byte[] old = bytes;
    bytes = Arrays.copyOf(old, size);
    Arrays.fill(old, (byte) 0); // a body may hold a plaintext
  }
}
