package dev.keyhold.http;

import static java.util.Objects.requireNonNull;

import dev.keyhold.operation.Operation;
import java.util.List;
import java.util.function.Function;

/// Makes endpoints of operations, so that an operation's row is one line of the route table.
///
/// The last parameter, of which no argument is ever given, is how a row knows the type of its
/// answer: the compiler makes an empty array of it.
public final class Endpoints {
  private static final int NO_CONTENT = 204;

  private Endpoints() {}

  /// An operation whose request is the JSON of the body, answered with 200.
  ///
  /// @param type the record of the request
  @SafeVarargs
  public static <Q, A> Endpoint json(Class<Q> type, Operation<Q, A> operation, A... none) {
    return performing(contract(200, none.getClass()).takingBody(type), body(type), operation);
  }

  /// @param status of the success; 204 leaves the response out
  @SafeVarargs
  public static <Q, A> Endpoint json(
      int status, Class<Q> type, Operation<Q, A> operation, A... none) {
    return performing(contract(status, none.getClass()).takingBody(type), body(type), operation);
  }

  /// An operation whose request is put together from path, query and perhaps body.
  ///
  /// @param type the record that is put together; [Contract#parts] says how its components are
  ///   called
  @SafeVarargs
  public static <Q, A> Endpoint reading(
      int status,
      Class<Q> type,
      Function<Exchange, Q> request,
      Operation<Q, A> operation,
      A... none) {
    return performing(contract(status, none.getClass()).takingParts(type), request, operation);
  }

  /// An operation whose answer is an array.
  @SafeVarargs
  public static <Q, E> Endpoint listing(
      int status,
      Class<Q> type,
      Function<Exchange, Q> request,
      Operation<Q, List<E>> operation,
      E... none) {
    return performing(
        contract(status, none.getClass()).asList().takingParts(type), request, operation);
  }

  private static <Q> Function<Exchange, Q> body(Class<Q> type) {
    var reader = Json.reader(type);
    return exchange -> exchange.json(reader);
  }

  private static Contract contract(int status, Class<?> answers) {
    return status == NO_CONTENT
        ? Contract.answeringNothing(status)
        : Contract.answering(requireNonNull(answers.getComponentType()), status);
  }

  private static <Q, A> Endpoint performing(
      Contract contract, Function<Exchange, Q> request, Operation<Q, A> operation) {
    int status = contract.statuses().getFirst();
    return telling(
        contract,
        exchange -> {
          Q asked = request.apply(exchange);
          try {
            A answered = operation.handle(exchange.caller(), asked);
            return status == NO_CONTENT ? Answer.empty(status) : Answer.json(status, answered);
          } finally {
            Secrets.wipe(asked);
          }
        });
  }

  /// An endpoint with what it takes and answers.
  public static Endpoint telling(Contract contract, Endpoint endpoint) {
    return new Told(contract, endpoint);
  }

  private record Told(Contract contract, Endpoint endpoint) implements Endpoint {
    @Override
    public Answer call(Exchange exchange) {
      return endpoint.call(exchange);
    }
  }
}
