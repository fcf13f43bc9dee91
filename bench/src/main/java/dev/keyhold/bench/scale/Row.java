package dev.keyhold.bench.scale;

import dev.keyhold.bench.load.Generator.Slice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// What came of one kind of request on one store: medians of its slices.
final class Row {
  private final String name;
  private final String store;
  private final int connections;
  private final List<Slice> slices = new ArrayList<>();
  private final List<Double> cpuMicros = new ArrayList<>();
  private long rssKib;

  static final String HEAD =
      "| %-34s | %5s | %-14s | %8s | %8s | %8s | %7s | %7s |%n"
              .formatted(
                  "request", "conns", "store", "req/s", "p50 ms", "p99 ms", "CPU µs", "RSS MiB")
          + "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |%n".formatted();

  Row(String name, String store, int connections) {
    this.name = name;
    this.store = store;
    this.connections = connections;
  }

  void add(Slice slice, Duration cpu, long rss) {
    slices.add(slice);
    cpuMicros.add(cpu.toNanos() / 1e3 / slice.requests());
    rssKib = rss;
  }

  double perSecond() {
    return median(Slice::perSecond);
  }

  String text() {
    return String.format(
        Locale.ROOT,
        "| %-34s | %5d | %-14s | %8.0f | %8.2f | %8.2f | %7.0f | %7d |%n",
        name,
        connections,
        store,
        perSecond(),
        median(Slice::p50Micros) / 1000,
        median(Slice::p99Micros) / 1000,
        median(cpuMicros),
        rssKib / 1024);
  }

  private double median(ToDoubleFunction<Slice> value) {
    return median(slices.stream().map(value::applyAsDouble).toList());
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
