package dev.keyhold.cli;

import dev.keyhold.cli.Api.Answer;
import dev.keyhold.cli.Api.Request;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// Sends requests and shows them and their answers so that a reader can repeat each in a shell.
final class Transcript {
  /// A step was not answered as it should be.
  static final class StepFailed extends Exception {
    private static final long serialVersionUID = 1L;

    StepFailed(String message) {
      super(message);
    }
  }

  private final Api api;
  private final PrintStream out;
  private final Map<String, String> variables = new LinkedHashMap<>();
  private int steps;

  Transcript(Api api, PrintStream out) {
    this.api = api;
    this.out = out;
  }

  /// Sends one request, and shows it before it is sent.
  ///
  /// @throws StepFailed when there is no answer or its status is not 2xx
  Answer step(String title, Request request) throws StepFailed {
    steps++;
    out.println("\n--- " + steps + ". " + title + " ---\n");
    out.println(Curl.command(api.endpoint(), request, variables));
    try {
      Answer answer = api.send(request);
      out.println("\nHTTP " + answer.status());
      String token = answer.headers().get("x-subject-token");
      if (token != null) {
        out.println("X-Subject-Token: " + token);
      }
      out.println(answer.body().isMissingNode() ? "" : answer.body().toPrettyString());
      if (!answer.isSuccess()) {
        throw new StepFailed("step " + steps + " was answered with HTTP " + answer.status());
      }
      return answer;
    } catch (IOException failure) {
      throw new StepFailed("step " + steps + " got no answer: " + failure);
    }
  }

  /// Assigns a shell variable, which later commands use where a header has that value.
  void assign(String name, String value) {
    variables.put(name, value);
    out.println("\n" + name + "=" + Curl.quoted(value));
  }
}
