package dev.keyhold.http;

import dev.keyhold.error.GatewayError;
import java.nio.charset.StandardCharsets;

/// The one answer that is given where there is no request to answer.
final class RawAnswer {
  static final byte[] REQUEST_TIMEOUT = requestTimeout();

  private RawAnswer() {}

  private static byte[] requestTimeout() {
    GatewayError error = GatewayError.REQUEST_TIMEOUT;
    String none = "0".repeat(32);
    String body =
        "{\"error_msg\":\"%s\",\"error_code\":\"%s\",\"request_id\":\"%s\"}"
            .formatted(error.meaning(), error.code(), none);
    return """
    HTTP/1.1 408 Request Timeout\r
    content-type: application/json\r
    cache-control: no-store\r
    x-request-id: %s\r
    connection: close\r
    content-length: %d\r
    \r
    %s\
    """
        .formatted(none, body.length(), body)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
