package dev.keyhold.http;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;

/// A request body on its way in, never larger than its limit. Nothing is set aside for it on the
/// word of a Content-Length. It may hold a plaintext, so whatever of it is not used is wiped.
final class Body {
  private static final byte[] NOTHING = {};

  private final int limit;
  private byte[] bytes = NOTHING;
  private int length;

  Body(int limit) {
    this.limit = limit;
  }

  /// Takes a piece, unless the body would pass its limit. What is copied or refused is wiped in the
  /// piece.
  boolean add(Buffer piece) {
    int more = piece.length();
    if (more > limit - length) {
      wipe(piece);
      return false;
    }
    if (length == 0) {
      bytes = arrayOf(piece);
    } else {
      if (more > bytes.length - length) {
        resize(Math.min(limit, Math.max(2 * bytes.length, length + more)));
      }
      piece.getBytes(bytes, length);
      wipe(piece);
    }
    length += more;
    return true;
  }

  byte[] whole() {
    if (length != bytes.length) {
      resize(length);
    }
    return bytes;
  }

  /// For a body that nobody is going to read.
  void wipe() {
    Arrays.fill(bytes, (byte) 0);
  }

  static void wipe(Buffer piece) {
    if (piece.length() > 0) {
      piece.setBytes(0, new byte[piece.length()]);
    }
  }

  /// The very array of a piece where there is one, so that the body is wiped there too.
  private static byte[] arrayOf(Buffer piece) {
    ByteBuf inside = ((BufferInternal) piece).getByteBuf();
    boolean exact =
        inside.hasArray() && inside.arrayOffset() == 0 && inside.array().length == piece.length();
    if (exact) {
      return inside.array();
    }
    byte[] copy = piece.getBytes();
    wipe(piece);
    return copy;
  }

  private void resize(int size) {
    byte[] old = bytes;
    bytes = Arrays.copyOf(old, size);
    Arrays.fill(old, (byte) 0);
  }
}
