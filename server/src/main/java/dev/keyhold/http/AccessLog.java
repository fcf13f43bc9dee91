package dev.keyhold.http;

import io.vertx.core.http.HttpServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A line a request, for who wants it: on when the logger `dev.keyhold.access` is at level debug.
/// It has no query, no header and no body.
final class AccessLog {
  private static final Logger LOG = LoggerFactory.getLogger("dev.keyhold.access");

  private AccessLog() {}

  static boolean isOn() {
    return LOG.isDebugEnabled();
  }

  static void write(
      String requestId, String remote, HttpServerRequest request, int status, long startNanos) {
    LOG.debug(
        "{} {} {} {} {} {}us",
        requestId,
        remote,
        request.method(),
        request.decoderResult().isSuccess() ? withoutQuery(request.uri()) : "-",
        status,
        (System.nanoTime() - startNanos) / 1000);
  }

  /// Printable, since a target with anything else is left out.
  private static String withoutQuery(String uri) {
    int mark = uri.indexOf('?');
    String path = mark < 0 ? uri : uri.substring(0, mark);
    return path.chars().allMatch(c -> c > ' ' && c < 0x7f) ? path : "-";
  }
}
