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
  private static final String FORWARDED_FOR = "x-forwarded-for";

  final Edge edge;
  final EdgeLoop loop;
  final ConnectionGuard guard;
  private final String peer;
  private final boolean behindProxy;

  Conversation(Edge edge, EdgeLoop loop, ConnectionGuard guard, String peer) {
    this.edge = edge;
    this.loop = loop;
    this.guard = guard;
    this.peer = peer;
    this.behindProxy = edge.proxies.trust(peer);
  }

  /// The address that a request comes from: the peer's, or what the peer says if it is a proxy of
  /// ours.
  String sourceOf(HttpServerRequest request) {
    return behindProxy ? edge.proxies.source(peer, request.headers().getAll(FORWARDED_FOR)) : peer;
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
