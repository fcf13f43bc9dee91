package dev.keyhold.http;

import dev.keyhold.bench.load.PlainRequest;
import dev.keyhold.bench.micro.World;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

/// A request as the listener has it, with headers in the kind of map its decoder fills.
final class ParsedRequest {
  private final PlainRequest request;
  private final Head head;
  private final byte[] body;

  ParsedRequest(PlainRequest request) {
    this.request = request;
    var headers = HttpHeaders.headers().add("Host", World.AUTHORITY);
    request.headers().forEach(headers::add);
    body = request.body().getBytes(StandardCharsets.UTF_8);
    headers.add("Content-Length", Integer.toString(body.length));
    head = new Head(request.method(), Target.parse(request.path()), headers, "127.0.0.1");
  }

  String path() {
    return request.path();
  }

  Head head() {
    return head;
  }

  byte[] body() {
    return body;
  }
}
