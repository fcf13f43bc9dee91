package dev.keyhold.http;

import dev.keyhold.operation.Operation;
import java.util.function.Function;

/// Makes endpoints of operations, so that an operation's row is one line of the route table.
public final class Endpoints {
  private static final int NO_CONTENT = 204;

  private Endpoints() {}

  /// An operation whose request is the JSON of the body, answered with 200.
  ///
  /// @param type the record of the request
  public static <Q, A> Endpoint json(Class<Q> type, Operation<Q, A> operation) {
    return json(200, type, operation);
  }

  /// @param status of the success; 204 leaves the response out
  public static <Q, A> Endpoint json(int status, Class<Q> type, Operation<Q, A> operation) {
    var reader = Json.reader(type);
    return reading(status, exchange -> exchange.json(reader), operation);
  }

  /// An operation whose request is put together from path, query and perhaps body.
  public static <Q, A> Endpoint reading(
      int status, Function<Exchange, Q> request, Operation<Q, A> operation) {
    return exchange -> {
      Q asked = request.apply(exchange);
      try {
        A answered = operation.handle(exchange.caller(), asked);
        return status == NO_CONTENT ? Answer.empty(status) : Answer.json(status, answered);
      } finally {
        Secrets.wipe(asked);
      }
    };
  }
}
