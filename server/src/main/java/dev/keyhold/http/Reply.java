package dev.keyhold.http;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Locale;

/// Writes the one answer of a [Call] to its connection, on the connection's event loop.
final class Reply {
  private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");

  /// What the cloud's identity service calls it.
  private static final CharSequence TRACE_ID = HttpHeaders.createOptimized("x-iam-trace-id");

  /// An answer of so many bytes is counted from when it is written until it has left.
  private static final int LARGE = 16 * 1024;

  private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

  private final Edge edge;
  private final EdgeLoop loop;
  private final ConnectionGuard guard;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final String requestId;
  private final String remoteAddress;
  private final long startNanos;
  private int large; // bytes of the room for large answers

  Reply(
      Edge edge,
      EdgeLoop loop,
      ConnectionGuard guard,
      HttpServerRequest request,
      String requestId,
      String remoteAddress) {
    this.edge = edge;
    this.loop = loop;
    this.guard = guard;
    this.request = request;
    this.response = request.response();
    this.requestId = requestId;
    this.remoteAddress = remoteAddress;
    this.startNanos = AccessLog.isOn() ? System.nanoTime() : 0;
  }

  /// @param content the answer, encoded
  /// @param errors the shape that the route's clients expect errors in
  void send(Answer answer, Buffer content, ErrorShape errors) {
    if (content.length() < LARGE) {
      sendWhenRead(answer, content, errors);
    } else if (edge.largeAnswers.take(content.length())) {
      large = content.length();
      sendWhenRead(answer, content, errors);
    } else {
      answer.wipe(content);
      Answer busy = ErrorRenderer.shaped(ErrorRenderer.unavailable(), errors, requestId);
      sendWhenRead(busy, busy.encode(), errors);
    }
  }

  private void sendWhenRead(Answer answer, Buffer content, ErrorShape errors) {
    if (response.writeQueueFull()) {
      // The client pipelines without reading: there is no next request before there is room.
      guard.awaitRoom();
      response.drainHandler(_ -> sendNow(answer, content, errors));
      response.exceptionHandler(_ -> { // the client is gone
        response.drainHandler(null);
        answer.wipe(content);
        giveBack();
      });
    } else {
      sendNow(answer, content, errors);
    }
  }

  private void giveBack() {
    edge.largeAnswers.giveBack(large);
    large = 0;
  }

  private void sendNow(Answer answer, Buffer content, ErrorShape errors) {
    if (edge.draining || clientIsDone()) {
      sendLast(answer, content, errors);
    } else {
      writeHead(answer, content, errors);
      guard.answered(); // before the end, which may begin the next, pipelined request
      writeBody(content);
      guard.goOn();
    }
  }

  /// Likewise, and closes the connection after it.
  void sendLast(Answer answer, Buffer content, ErrorShape errors) {
    writeHead(answer, content, errors);
    response.headers().set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    guard.end();
    writeBody(content).onComplete(_ -> guard.close());
  }

  /// `Connection: close`, alone or in a list.
  private boolean clientIsDone() {
    String connection = request.headers().get(HttpHeaders.CONNECTION);
    return connection != null && connection.toLowerCase(Locale.ROOT).contains("close");
  }

  private Future<Void> writeBody(Buffer content) {
    Future<Void> written = response.end(isForHead() ? Buffer.buffer() : content);
    if (large > 0) {
      written.onComplete(_ -> giveBack());
    }
    return written;
  }

  /// Whether only the head of the answer is asked for.
  private boolean isForHead() {
    return request.method().equals(HttpMethod.HEAD);
  }

  private void writeHead(Answer answer, Buffer content, ErrorShape errors) {
    response.setStatusCode(answer.status());
    MultiMap headers = response.headers();
    headers.add(REQUEST_ID, requestId);
    if (errors == ErrorShape.IDENTITY) {
      headers.add(TRACE_ID, requestId);
    }
    headers.add(HttpHeaders.DATE, loop.date());
    headers.add(HttpHeaders.CACHE_CONTROL, NO_STORE);
    if (content.length() > 0) {
      headers.add(HttpHeaders.CONTENT_TYPE, answer.contentType());
    }
    if (isForHead()) {
      headers.add(HttpHeaders.CONTENT_LENGTH, Integer.toString(content.length()));
    }
    for (var header : answer.headers()) {
      headers.add(header.getKey(), header.getValue());
    }
    if (AccessLog.isOn()) {
      AccessLog.write(requestId, remoteAddress, request, answer.status(), startNanos);
    }
  }
}
