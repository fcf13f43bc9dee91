package dev.keyhold.client;

import java.util.List;
import java.util.function.ToDoubleFunction;

/// The straight line through what was measured over time, by least squares.
///
/// @param level the mean
/// @param perHour the slope, in units of what was measured
/// @param error half of the slope's interval of 95 %; infinite for fewer than three measurements
/// @param hours from the first measurement to the last
record Trend(double level, double perHour, double error, double hours) {
  /// @param hour when each was measured, ascending
  static <T> Trend of(List<T> samples, ToDoubleFunction<T> hour, ToDoubleFunction<T> value) {
    int n = samples.size();
    double meanHour = samples.stream().mapToDouble(hour).average().orElseThrow();
    double level = samples.stream().mapToDouble(value).average().orElseThrow();
    double spread = 0;
    double common = 0;
    for (T each : samples) {
      double x = hour.applyAsDouble(each) - meanHour;
      spread += x * x;
      common += x * (value.applyAsDouble(each) - level);
    }
    double hours = hour.applyAsDouble(samples.getLast()) - hour.applyAsDouble(samples.getFirst());
    if (n < 3 || spread == 0) {
      return new Trend(level, 0, Double.POSITIVE_INFINITY, hours);
    }
    double slope = common / spread;
    double rest = 0;
    for (T each : samples) {
      double off =
          value.applyAsDouble(each) - level - slope * (hour.applyAsDouble(each) - meanHour);
      rest += off * off;
    }
    return new Trend(level, slope, 2 * Math.sqrt(rest / (n - 2) / spread), hours);
  }

  /// What share of its level it has surely risen by, from the first measurement to the last; less
  /// than 0 when it may have risen by nothing. Single measurements may be off by more.
  double surelyRisen() {
    return (perHour - error) * hours / level;
  }

  /// Whether it surely rises by more than so many percent of its level an hour, and has risen by
  /// more than `unit`: one thread more is no slope.
  boolean risesBy(double percentPerHour, double unit) {
    return 100 * (perHour - error) > percentPerHour * level && perHour * hours > unit;
  }

  /// Of something that is counted, or of MiB.
  String in(String unit) {
    String slope =
        Double.isFinite(error)
            ? "%+.1f ± %.1f %%/h".formatted(100 * perHour / level, 100 * error / level)
            : "too few to tell";
    return "%.1f%s (%s)".formatted(level, unit, slope);
  }
}
