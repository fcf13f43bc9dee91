package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Debian's `wrk`, told what to send and what to print by a small script.
///
/// One thread: it is good for more requests than the server, and a second would only take turns
/// with the server's threads.
public final class Wrk implements Generator {
  private static final Duration GRACE = Duration.ofSeconds(20);

  /// Without a function `request` or `response`, so that wrk formats the request once and parses no
  /// header; it counts statuses from 400 on by itself.
  public static final String DONE =
      """
      done = function(summary, latency, requests)
        local e = summary.errors
        io.write(string.format("result %d %d %d %d %d %d\\n",
          summary.requests, summary.duration,
          latency:percentile(50), latency:percentile(99),
          e.status, e.connect + e.read + e.write + e.timeout))
      end
      """;

  private static final Pattern RESULT =
      Pattern.compile("(?m)^result (\\d+) (\\d+) (\\d+) (\\d+) (\\d+) (\\d+)$");

  public static boolean isInstalled() {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, "wrk"))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String name() {
    return "wrk";
  }

  @Override
  public Slice run(PlainRequest request, int port, int connections, Duration duration)
      throws IOException, InterruptedException {
    return run(script(request), request.toString(), port, connections, duration);
  }

  /// @param script in Lua; it prints what [#DONE] prints
  /// @param what the requests are, for a message
  /// @throws LoadFailed when an answer was no success, or a connection broke
  public static Slice run(String script, String what, int port, int connections, Duration duration)
      throws IOException, InterruptedException {
    // In a folder that nobody else can read: the script has a token in it.
    Path folder = Files.createTempDirectory("keyhold-wrk-");
    Path file = folder.resolve("request.lua");
    Path output = folder.resolve("output");
    try {
      Files.writeString(file, script);
      var command =
          List.of(
              "wrk",
              "--threads=1",
              "--connections=" + connections,
              "--duration=" + duration.toSeconds() + "s",
              "--script=" + file,
              "http://127.0.0.1:" + port);
      Process wrk =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!wrk.waitFor(duration.plus(GRACE).toSeconds(), TimeUnit.SECONDS)) {
        wrk.destroyForcibly();
        throw new LoadFailed("wrk did not end in time on " + what);
      }
      return parse(Files.readString(output), what);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(output);
      Files.deleteIfExists(folder);
    }
  }

  static String script(PlainRequest request) {
    var lua = new StringBuilder();
    lua.append("wrk.path = ").append(quoted(request.path())).append('\n');
    lua.append("wrk.method = ").append(quoted(request.method())).append('\n');
    request
        .headers()
        .forEach((name, value) ->
            lua.append("wrk.headers[%s] = %s\n".formatted(quoted(name), quoted(value))));
    if (!request.body().isEmpty()) {
      lua.append("wrk.body = ").append(quoted(request.body())).append('\n');
    }
    return lua.append(DONE).toString();
  }

  /// A Lua string of printable ASCII, which is all that our requests are made of.
  private static String quoted(String text) {
    if (!StandardCharsets.US_ASCII.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException("a request of the bench is ASCII");
    }
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }

  static Slice parse(String output, String what) throws LoadFailed {
    var found = RESULT.matcher(output);
    if (!found.find()) {
      throw new LoadFailed("wrk failed on " + what + ":\n" + output.strip());
    }
    long requests = Long.parseLong(found.group(1));
    long refused = Long.parseLong(found.group(5));
    long broken = Long.parseLong(found.group(6));
    if (refused + broken > 0 || requests == 0) {
      throw new LoadFailed(
          "%s: of %d requests, %d were refused and %d got no answer"
              .formatted(what, requests, refused, broken));
    }
    return new Slice(
        requests,
        Duration.of(Long.parseLong(found.group(2)), ChronoUnit.MICROS),
        Long.parseLong(found.group(3)),
        Long.parseLong(found.group(4)));
  }
}
