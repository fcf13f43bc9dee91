package dev.keyhold.http;

/// What a route calls, once the request is whole, within its limits and from someone who may call.
///
/// It may be called twice for one request, see [RunsOn#EVENT_LOOP].
@FunctionalInterface
public interface Endpoint {
  Answer call(Exchange exchange);
}
