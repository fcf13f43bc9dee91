package dev.keyhold.cli;

import dev.keyhold.cli.Api.Request;
import java.util.Map;

/// Shows a request as a command for a shell.
final class Curl {
  private Curl() {}

  /// @param variables header values to be shown as the shell variable of that name: name to value
  static String command(String endpoint, Request request, Map<String, String> variables) {
    var command = new StringBuilder("curl -sS -i -X ").append(request.method());
    command.append(' ').append(quoted(endpoint + request.path()));
    request
        .headers()
        .forEach(
            (name, value) -> command.append(" \\\n  -H ").append(header(name, value, variables)));
    request.body().ifPresent(body -> command.append(" \\\n  -d ").append(quoted(body.toString())));
    return command.toString();
  }

  private static String header(String name, String value, Map<String, String> variables) {
    return variables.entrySet().stream()
        .filter(variable -> variable.getValue().equals(value))
        .map(variable -> "\"" + name + ": $" + variable.getKey() + "\"")
        .findFirst()
        .orElseGet(() -> quoted(name + ": " + value));
  }

  static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
