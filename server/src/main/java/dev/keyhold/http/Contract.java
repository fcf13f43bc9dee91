package dev.keyhold.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a route takes and answers: for its description in `openapi.json`, and for tests. No call
/// reads it.
///
/// @param statuses of the answers that carry `answer`, the success first
/// @param body the record that the JSON of the body is
/// @param parts instead, a record that is put together: a component with the name of a parameter of
///   the path is that parameter, one called `body` is the body, and the others of a GET are its
///   query
/// @param answer what the body of the answer is, or each element of it; empty for no body
/// @param listed whether the answer is an array of it
/// @param query names of query parameters beyond those in `parts`
/// @param headers names of request headers that the call reads
/// @param answerHeaders names of headers that the success has beyond those of every answer
public record Contract(
    List<Integer> statuses,
    Optional<Class<?>> body,
    Optional<Class<?>> parts,
    Optional<Class<?>> answer,
    boolean listed,
    List<String> query,
    List<String> headers,
    List<String> answerHeaders) {
  private static final Optional<Class<?>> NONE = Optional.empty();

  /// Of a route that nobody has described.
  static final Contract UNTOLD =
      new Contract(List.of(), NONE, NONE, NONE, false, List.of(), List.of(), List.of());

  public Contract {
    statuses = List.copyOf(statuses);
    query = List.copyOf(query);
    headers = List.copyOf(headers);
    answerHeaders = List.copyOf(answerHeaders);
  }

  /// @param more statuses that come with the same body
  static Contract answering(Class<?> answer, int status, Integer... more) {
    var statuses = new ArrayList<Integer>(List.of(more));
    statuses.addFirst(status);
    return UNTOLD.with(statuses, Optional.of(answer));
  }

  /// Without a body.
  static Contract answeringNothing(int status) {
    return UNTOLD.with(List.of(status), NONE);
  }

  private Contract with(List<Integer> others, Optional<Class<?>> type) {
    return new Contract(others, body, parts, type, listed, query, headers, answerHeaders);
  }

  Contract asList() {
    return new Contract(statuses, body, parts, answer, true, query, headers, answerHeaders);
  }

  Contract takingBody(Class<?> type) {
    return new Contract(
        statuses, Optional.of(type), parts, answer, listed, query, headers, answerHeaders);
  }

  Contract takingParts(Class<?> type) {
    return new Contract(
        statuses, body, Optional.of(type), answer, listed, query, headers, answerHeaders);
  }

  Contract withQuery(String... names) {
    return new Contract(
        statuses, body, parts, answer, listed, List.of(names), headers, answerHeaders);
  }

  Contract withHeaders(String... names) {
    return new Contract(
        statuses, body, parts, answer, listed, query, List.of(names), answerHeaders);
  }

  Contract withAnswerHeaders(String... names) {
    return new Contract(statuses, body, parts, answer, listed, query, headers, List.of(names));
  }
}
