package dev.keyhold.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;

/// What a request head must be beyond what the decoder of Netty asks for, so that it has one
/// reading only (RFC 9112 §3.2, §6.1, §6.3, §11.2).
final class HeadRules {
  private HeadRules() {}

  /// Thrown out of the decoder, which makes an invalid message of it.
  static final class BadHead extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    BadHead(String reason) {
      super(reason);
    }

    @Override
    public Throwable fillInStackTrace() {
      return this; // an ordinary answer to a hostile client
    }
  }

  static void check(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    boolean current = version.equals(HttpVersion.HTTP_1_1);
    if (!current && !version.equals(HttpVersion.HTTP_1_0)) {
      throw new BadHead("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    }
    int hosts = 0;
    int lengths = 0;
    int encodings = 0;
    var headers = request.headers().iteratorCharSequence();
    while (headers.hasNext()) {
      var header = headers.next();
      CharSequence name = header.getKey();
      switch (name.length()) {
        case 4 -> {
          if (same(HttpHeaderNames.HOST, name)) {
            hosts++;
            checkHost(header.getValue());
          }
        }
        case 14 -> lengths += same(HttpHeaderNames.CONTENT_LENGTH, name) ? 1 : 0;
        case 17 -> {
          if (same(HttpHeaderNames.TRANSFER_ENCODING, name)) {
            encodings++;
            if (!current || !same(HttpHeaderValues.CHUNKED, header.getValue())) {
              throw new BadHead("The only Transfer-Encoding is chunked.");
            }
          }
        }
        default -> {}
      }
    }
    if (hosts > 1 || (hosts == 0 && current)) {
      throw new BadHead("There must be exactly one Host.");
    }
    if (lengths + encodings > 1) {
      throw new BadHead("The length of the body must be given once.");
    }
  }

  private static boolean same(AsciiString known, CharSequence given) {
    return known.contentEqualsIgnoreCase(given);
  }

  private static void checkHost(CharSequence host) {
    if (host.isEmpty()) {
      throw new BadHead("The Host is empty.");
    }
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9')
              || (c >= 'A' && c <= 'Z')
              || "-._~:[]%".indexOf(c) >= 0;
      if (!allowed) {
        throw new BadHead("The Host is invalid.");
      }
    }
  }
}
