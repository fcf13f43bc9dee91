package dev.keyhold.http;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.GatewayError;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;

/// Takes the requests of one connection, one after the other.
final class Conversation implements Handler<HttpServerRequest> {
  final Edge edge;
  final EdgeLoop loop;
  final ConnectionGuard guard;
  final String remoteAddress;

  Conversation(Edge edge, EdgeLoop loop, ConnectionGuard guard, String remoteAddress) {
    this.edge = edge;
    this.loop = loop;
    this.guard = guard;
    this.remoteAddress = remoteAddress;
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (guard.isEnding()) {
      return; // it was pipelined behind one whose framing is in doubt
    }
    new Call(this, request).begin();
  }

  /// A request that the decoder refused: where it ends is not known.
  void handleInvalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (guard.isEnding() || cause instanceof PrematureChannelClosureException) {
      return;
    }
    ApiError error =
        switch (cause) {
          case TooLongHttpLineException _ -> GatewayError.URI_TOO_LONG;
          case TooLongHttpHeaderException _ -> GatewayError.HEADERS_TOO_LARGE;
          default -> GatewayError.BAD_REQUEST;
        };
    String detail = cause instanceof HeadRules.BadHead ? " " + cause.getMessage() : "";
    new Call(this, request).refuseAndClose(Answer.refusal(error, error.meaning() + detail));
  }
}
