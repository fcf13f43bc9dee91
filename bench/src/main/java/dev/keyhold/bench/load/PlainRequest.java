package dev.keyhold.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// One HTTP request, to be sent as often as wished.
///
/// @param path without a query
/// @param headers without `Host` and `Content-Length`
/// @param body ASCII, empty for none
public record PlainRequest(String method, String path, Map<String, String> headers, String body) {
  static PlainRequest get(String path) {
    return new PlainRequest("GET", path, Map.of(), "");
  }

  public static PlainRequest post(String path, String body) {
    return new PlainRequest("POST", path, Map.of("Content-Type", "application/json"), body);
  }

  public PlainRequest with(String header, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new PlainRequest(method, path, more, body);
  }

  /// The bytes that go over the connection.
  byte[] onTheWire(String authority) {
    var text = new StringBuilder();
    text.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: ").append(authority);
    headers.forEach((name, value) -> text.append("\r\n").append(name).append(": ").append(value));
    if (!body.isEmpty()) {
      text.append("\r\nContent-Length: ").append(body.length());
    }
    text.append("\r\n\r\n").append(body);
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /// Without the headers, which carry a token or a signature.
  @Override
  public String toString() {
    return method + " " + path;
  }
}
