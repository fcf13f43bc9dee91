package dev.keyhold.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What a server has on its heap that is still used: what a collection of the whole heap leaves, as
/// the collector's log says. Each reading asks for such a collection, since a young one leaves what
/// is old and unused where it is.
final class LiveHeap {
  /// Of the Serial collector, which the launcher chooses: the two generations, then the pause.
  private static final Pattern LEFT =
      Pattern.compile("GC\\((\\d+)\\) (?:DefNew|Tenured): .*?->(\\d+)K\\(");

  private static final Pattern FULL = Pattern.compile("GC\\((\\d+)\\) Pause Full ");

  private final Path log;

  private LiveHeap(Path log) {
    this.log = log;
  }

  /// @param log made by the server when it starts next
  static LiveHeap of(ServerProcess server, Path log) {
    // Of all sources of options this alone comes after those that forbid to attach to the process.
    server.withEnvironment(
        "_JAVA_OPTIONS",
        "-XX:-DisableAttachMechanism -Xlog:gc,gc+heap=info:file=%s:none:filecount=0"
            .formatted(log));
    return new LiveHeap(log);
  }

  /// KiB that are in use now.
  long kib(long pid) {
    Path output = KeyholdProcess.newOutput("jcmd");
    try {
      Process jcmd =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(pid),
                  "GC.run")
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (KeyholdProcess.exitCode(jcmd, output) != 0) {
        throw new AssertionError("jcmd failed: " + Files.readString(output));
      }
      return afterLastFull(Files.readAllLines(log));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// @return KiB
  static long afterLastFull(List<String> log) {
    Map<String, Long> left = new HashMap<>();
    long afterFull = -1;
    for (String line : log) {
      var generation = LEFT.matcher(line);
      var full = FULL.matcher(line);
      if (generation.find()) {
        left.merge(generation.group(1), Long.parseLong(generation.group(2)), Long::sum);
      } else if (full.find()) {
        afterFull = left.getOrDefault(full.group(1), -1L);
      }
    }
    if (afterFull < 0) {
      throw new AssertionError("no collection of the whole heap in " + log);
    }
    return afterFull;
  }
}
