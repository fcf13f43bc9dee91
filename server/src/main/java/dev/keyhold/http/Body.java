package dev.keyhold.http;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;

/// A request body on its way in, never larger than its limit. Nothing is set aside for it on the
/// word of a Content-Length.
final class Body {
  private static final byte[] NOTHING = {};

  private final int limit;
  private byte[] bytes = NOTHING;
  private int length;

  Body(int limit) {
    this.limit = limit;
  }

  /// Takes a piece, unless the body would pass its limit.
  boolean add(Buffer piece) {
    int more = piece.length();
    if (more > limit - length) {
      return false;
    }
    if (length == 0) {
      bytes = arrayOf(piece);
    } else {
      if (more > bytes.length - length) {
        resize(Math.min(limit, Math.max(2 * bytes.length, length + more)));
      }
      piece.getBytes(bytes, length);
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

  /// The very array of a piece where there is one, so that the body is wiped there too.
  private static byte[] arrayOf(Buffer piece) {
    ByteBuf inside = ((BufferInternal) piece).getByteBuf();
    boolean exact =
        inside.hasArray() && inside.arrayOffset() == 0 && inside.array().length == piece.length();
    return exact ? inside.array() : piece.getBytes();
  }

  private void resize(int size) {
    byte[] old = bytes;
    bytes = Arrays.copyOf(old, size);
    Arrays.fill(old, (byte) 0); // a body may hold a plaintext
  }
}
