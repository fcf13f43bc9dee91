package dev.keyhold.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a route takes and answers: for its description in `openapi.json`, and for tests. No call
/// reads it.
///
/// @param statuses of the answers that carry `answer`, the success first
/// @param request the record of the request: components with the name of a parameter of the path
///   are that parameter, the others are the query of a GET and the body of anything else
/// @param answer what the body of the answer is, or each element of it; empty for no body
/// @param listed whether the answer is an array of it
/// @param query names of query parameters beyond those in `request`
/// @param headers names of request headers that the call reads
/// @param answerHeaders names of headers that the success has beyond those of every answer
public record Contract(
    List<Integer> statuses,
    Optional<Class<?>> request,
    Optional<Class<?>> answer,
    boolean listed,
    List<String> query,
    List<String> headers,
    List<String> answerHeaders) {

  /// Of a route that nobody has described.
  static final Contract UNTOLD =
      new Contract(
          List.of(), Optional.empty(), Optional.empty(), false, List.of(), List.of(), List.of());

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
    return new Contract(
        statuses, Optional.empty(), Optional.of(answer), false, List.of(), List.of(), List.of());
  }

  static Contract of(int status, Class<?> request, Optional<Class<?>> answer) {
    return new Contract(
        List.of(status), Optional.of(request), answer, false, List.of(), List.of(), List.of());
  }

  Contract asList() {
    return new Contract(statuses, request, answer, true, query, headers, answerHeaders);
  }

  Contract taking(Class<?> type) {
    return new Contract(statuses, Optional.of(type), answer, listed, query, headers, answerHeaders);
  }

  Contract withQuery(String... names) {
    return new Contract(statuses, request, answer, listed, List.of(names), headers, answerHeaders);
  }

  Contract withHeaders(String... names) {
    return new Contract(statuses, request, answer, listed, query, List.of(names), answerHeaders);
  }

  Contract withAnswerHeaders(String... names) {
    return new Contract(statuses, request, answer, listed, query, headers, List.of(names));
  }
}
