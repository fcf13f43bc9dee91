package dev.keyhold.bench.scale;

import dev.keyhold.StoreTargets;
import dev.keyhold.bench.load.Generator.Slice;
import dev.keyhold.bench.load.Wrk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Requests that `wrk` sends one after the other from a list, each to one project.
///
/// @param call below `/v1.0/{project_id}/kms/`
/// @param once whether a request may be sent once only
record Traffic(String name, String call, boolean once, List<Request> requests) {

  /// @param body ASCII
  record Request(String project, String body) {}

  private static final AtomicInteger NEXT = new AtomicInteger();

  /// What `wrk` does: as little as it can for each request.
  private static final String SCRIPT =
      """
      local heads, tails, i = {}, {}, START
      for line in io.lines("TOKENS") do
        local project, token = line:match("^(%S+) (%S+)$")
        heads[project] = "POST /v1.0/" .. project .. "/kms/CALL HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n"
          .. "Content-Type: application/json\\r\\nX-Auth-Token: " .. token .. "\\r\\nContent-Length: "
      end
      for line in io.lines("REQUESTS") do
        local project, body = line:match("^(%S+) (.*)$")
        tails[#tails + 1] = { heads[project], #body .. "\\r\\n\\r\\n" .. body }
      end
      request = function()
        i = i % #tails + 1
        local each = tails[i]
        return each[1] .. each[2]
      end
      """;

  /// @param folder for what `wrk` reads; holds tokens, so it must be private
  Slice run(StoreTargets targets, Path folder, int port, int connections, Duration duration)
      throws IOException, InterruptedException {
    int number = NEXT.incrementAndGet();
    Path tokens = folder.resolve("tokens-" + number);
    Path lines = folder.resolve("requests-" + number);
    try {
      Files.write(
          tokens,
          targets.tokens().entrySet().stream()
              .map(each -> each.getKey() + " " + each.getValue())
              .toList());
      Files.write(
          lines, requests.stream().map(each -> each.project() + " " + each.body()).toList());
      int start = once ? 0 : (int) (Math.random() * requests.size());
      String script =
          SCRIPT
              .replace("START", Integer.toString(start))
              .replace("TOKENS", tokens.toString())
              .replace("REQUESTS", lines.toString())
              .replace("CALL", call);
      Slice slice = Wrk.run(script + Wrk.DONE, name, port, connections, duration);
      if (once && slice.requests() > requests.size()) {
        throw new IllegalStateException(name + " has run out of requests");
      }
      return slice;
    } finally {
      Files.deleteIfExists(tokens);
      Files.deleteIfExists(lines);
    }
  }
}
