package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/// How fast a server allocates, from its garbage collector's log: between two collections the heap
/// grew from what the first left to what the second found. No counter in the server is needed.
final class GcLog {
  /// Fewer collections than this in an interval say too little about it.
  private static final int LEAST_COLLECTIONS = 4;

  private static final double MIB = 1024 * 1024;

  /// Of G1, Serial and Parallel: `[1700000000000ms] GC(7) Pause Young (…) 36M->12M(60M) 2.345ms`.
  private static final Pattern PAUSE =
      Pattern.compile("^\\[(\\d+)ms\\].* Pause .* (\\d+)M->(\\d+)M\\(\\d+M\\)");

  private final Path file;

  GcLog(Path file) {
    this.file = file;
  }

  /// The option that makes a JVM write the log.
  String javaOption() {
    return "-Xlog:gc:file=" + file + ":timemillis:filecount=0";
  }

  private record Collection(long atMillis, long foundMib, long leftMib) {}

  /// Bytes a second from the first to the last collection between two instants.
  ///
  /// @return empty when there were too few
  OptionalDouble bytesPerSecond(Instant from, Instant to) throws IOException {
    return bytesPerSecond(Files.readAllLines(file), from, to);
  }

  static OptionalDouble bytesPerSecond(List<String> log, Instant from, Instant to) {
    List<Collection> collections = new ArrayList<>();
    for (String line : log) {
      var found = PAUSE.matcher(line);
      if (found.find()) {
        long at = Long.parseLong(found.group(1));
        if (at >= from.toEpochMilli() && at < to.toEpochMilli()) {
          collections.add(
              new Collection(at, Long.parseLong(found.group(2)), Long.parseLong(found.group(3))));
        }
      }
    }
    if (collections.size() < LEAST_COLLECTIONS) {
      return OptionalDouble.empty();
    }
    double allocated = 0;
    for (int i = 1; i < collections.size(); i++) {
      allocated += (collections.get(i).foundMib() - collections.get(i - 1).leftMib()) * MIB;
    }
    long millis = collections.getLast().atMillis() - collections.getFirst().atMillis();
    return millis == 0 ? OptionalDouble.empty() : OptionalDouble.of(allocated * 1000 / millis);
  }
}
