package dev.keyhold.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/// The slices that one request had at one number of connections.
final class Series {
  private final String name;
  private final List<Sample> samples = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();

  Series(String name) {
    this.name = name;
  }

  /// @param cpu that the server used in that time
  /// @param rssKib that it held at the end
  record Sample(Generator.Slice slice, Instant from, Instant to, Duration cpu, long rssKib) {

    double cpuMicrosPerRequest() {
      return cpu.toNanos() / 1e3 / slice.requests();
    }
  }

  void add(Sample sample) {
    samples.add(sample);
  }

  /// Adds a slice that lay between two of the ceiling.
  void add(Sample sample, Sample ceilingBefore, Sample ceilingAfter) {
    add(sample);
    double ceiling = (ceilingBefore.slice().perSecond() + ceilingAfter.slice().perSecond()) / 2;
    ratios.add(sample.slice().perSecond() / ceiling);
  }

  /// Medians of the slices.
  ///
  /// @param allocated bytes a request, empty where the server collected too seldom to tell
  /// @param ratio to the ceiling; 1 for the ceiling itself
  record Row(
      String name,
      double perSecond,
      double p50Micros,
      double p99Micros,
      double cpuMicros,
      OptionalDouble allocated,
      double rssMib,
      double ratio,
      double leastRatio,
      double mostRatio) {}

  Row row(GcLog gcLog) throws IOException {
    List<Double> allocated = new ArrayList<>();
    for (Sample sample : samples) {
      gcLog
          .bytesPerSecond(sample.from(), sample.to())
          .ifPresent(rate -> allocated.add(rate / sample.slice().perSecond()));
    }
    return new Row(
        name,
        median(sample -> sample.slice().perSecond()),
        median(sample -> sample.slice().p50Micros()),
        median(sample -> sample.slice().p99Micros()),
        median(Sample::cpuMicrosPerRequest),
        allocated.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(median(allocated)),
        median(sample -> sample.rssKib() / 1024.0),
        ratios.isEmpty() ? 1 : median(ratios),
        ratios.stream().mapToDouble(Double::doubleValue).min().orElse(1),
        ratios.stream().mapToDouble(Double::doubleValue).max().orElse(1));
  }

  private double median(ToDoubleFunction<Sample> value) {
    return median(samples.stream().map(value::applyAsDouble).toList());
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
