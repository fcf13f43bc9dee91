package dev.keyhold.bench.load;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// Prints rows in Markdown, which can be pasted where numbers are reported.
final class Table {
  private Table() {}

  static String of(int connections, List<Series.Row> rows) {
    return of(connections, rows, "of the ceiling");
  }

  /// @param ratio what the last column is called
  static String of(int connections, List<Series.Row> rows, String ratio) {
    var text = new StringBuilder();
    text.append(
        "| %-22s | %8s | %7s | %7s | %8s | %9s | %7s | %-18s |%n"
            .formatted(
                connections == 1 ? "1 connection" : connections + " connections",
                "req/s",
                "p50 µs",
                "p99 µs",
                "CPU µs",
                "alloc B",
                "RSS MiB",
                ratio));
    text.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |%n".formatted());
    for (Series.Row row : rows) {
      text.append(line(row));
    }
    return text.toString();
  }

  private static String line(Series.Row row) {
    return String.format(
        Locale.ROOT,
        "| %-22s | %8.0f | %7.0f | %7.0f | %8.1f | %9s | %7.0f | %-18s |%n",
        row.name(),
        row.perSecond(),
        row.p50Micros(),
        row.p99Micros(),
        row.cpuMicros(),
        bytes(row.allocated()),
        row.rssMib(),
        ratio(row));
  }

  private static String bytes(OptionalDouble allocated) {
    return allocated.isPresent()
        ? String.format(Locale.ROOT, "%.0f", allocated.getAsDouble())
        : "-";
  }

  private static String ratio(Series.Row row) {
    return row.name().equals(Workload.CEILING.name())
        ? "1"
        : String.format(
            Locale.ROOT, "%.2f (%.2f to %.2f)", row.ratio(), row.leastRatio(), row.mostRatio());
  }
}
