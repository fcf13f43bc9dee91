package dev.keyhold.http;

import dev.keyhold.error.GatewayError;
import java.nio.charset.StandardCharsets;

/// The one answer that is given where there is no request to answer.
final class RawAnswer {
  private RawAnswer() {}

  static byte[] requestTimeout(String requestId, CharSequence date) {
    GatewayError error = GatewayError.REQUEST_TIMEOUT;
    String body =
        "{\"error_msg\":\"%s\",\"error_code\":\"%s\",\"request_id\":\"%s\"}"
            .formatted(error.meaning(), error.code(), requestId);
    return """
    HTTP/1.1 408 Request Timeout\r
    date: %s\r
    content-type: application/json\r
    cache-control: no-store\r
    x-request-id: %s\r
    connection: close\r
    content-length: %d\r
    \r
    %s\
    """
        .formatted(date, requestId, body.length(), body)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
