package dev.keyhold.http;

/// What a route calls, once the request is whole, within its limits and from someone who may call.
///
/// It may be called twice for one request, see [RunsOn#EVENT_LOOP].
@FunctionalInterface
public interface Endpoint {
  Answer call(Exchange exchange);

  /// What it takes and answers, as far as somebody has told: see [Endpoints#telling].
  default Contract contract() {
    return Contract.UNTOLD;
  }
}
