package dev.keyhold.bench.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/// What came of the requests of all connections.
final class Tally {
  private static final long MOST_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int DIGITS = 3;

  private final Histogram latencies = new Histogram(MOST_NANOS, DIGITS);
  private long refused;
  private long broken;

  void answered(long nanos, boolean success) {
    latencies.recordValue(Math.min(nanos, MOST_NANOS));
    if (!success) {
      refused++;
    }
  }

  /// A connection ended, fell silent, or said what is not understood here.
  void broke() {
    broken++;
  }

  long answers() {
    return latencies.getTotalCount();
  }

  boolean hasFailed() {
    return refused + broken > 0;
  }

  /// @throws LoadFailed when anything has failed
  Generator.Slice slice(PlainRequest request, Duration duration) throws LoadFailed {
    if (hasFailed()) {
      throw new LoadFailed(
          "%s: of %d requests, %d were refused; %d connections broke"
              .formatted(request, answers(), refused, broken));
    }
    return new Generator.Slice(
        answers(),
        duration,
        latencies.getValueAtPercentile(50) / 1000,
        latencies.getValueAtPercentile(99) / 1000);
  }
}
