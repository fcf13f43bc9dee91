package dev.keyhold.http;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsError;
import java.nio.charset.StandardCharsets;

/// The answers that are given where there is no request to answer.
final class RawAnswer {
  private RawAnswer() {}

  static byte[] requestTimeout(String requestId, CharSequence date) {
    GatewayError error = GatewayError.REQUEST_TIMEOUT;
    String body =
        "{\"error_msg\":\"%s\",\"error_code\":\"%s\",\"request_id\":\"%s\"}"
            .formatted(error.meaning(), error.code(), requestId);
    return answer("408 Request Timeout", body, requestId, date);
  }

  static byte[] unavailable(String requestId, CharSequence date) {
    KmsError error = KmsError.SERVICE_UNAVAILABLE;
    String body =
        "{\"error\":{\"error_code\":\"%s\",\"error_msg\":\"%s\"}}"
            .formatted(error.code(), error.meaning());
    return answer("503 Service Unavailable\r\nretry-after: 1", body, requestId, date);
  }

  /// @param status and perhaps more header lines
  private static byte[] answer(String status, String body, String requestId, CharSequence date) {
    return """
    HTTP/1.1 %s\r
    date: %s\r
    content-type: application/json\r
    cache-control: no-store\r
    x-request-id: %s\r
    connection: close\r
    content-length: %d\r
    \r
    %s\
    """
        .formatted(status, date, requestId, body.length(), body)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
