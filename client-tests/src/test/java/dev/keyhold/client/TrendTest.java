package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What the soaks judge by.
class TrendTest {
  private static final int AN_HOUR = 300; // of measurements, one every 12 s

  private final SplittableRandom random = new SplittableRandom(1);

  private static Trend trend(int count, IntToDoubleFunction value) {
    return Trend.of(
        IntStream.range(0, count).boxed().toList(),
        i -> (double) i / AN_HOUR,
        value::applyAsDouble);
  }

  private double noise(double most) {
    return (random.nextDouble() - 0.5) * 2 * most;
  }

  @Test
  void growthIsFoundUnderNoise() {
    // 10,000 KiB, 3 % more an hour, and each reading up to 2 % wrong
    Trend trend = trend(2 * AN_HOUR, i -> 10_000 + 300.0 * i / AN_HOUR + noise(200));
    assertThat(trend.perHour()).isCloseTo(300, within(50.0));
    assertThat(trend.risesBy(1, 0)).isTrue();
    assertThat(trend.risesBy(4, 0)).isFalse();
  }

  @Test
  void noiseIsNoGrowth() {
    assertThat(trend(2 * AN_HOUR, _ -> 10_000 + noise(200)).risesBy(1, 0)).isFalse();
    assertThat(trend(AN_HOUR / 6, _ -> 10_000 + noise(200)).risesBy(1, 0)).isFalse();
  }

  @Test
  void oneThreadMoreIsNoGrowthAndOneEveryQuarterOfAnHourIs() {
    assertThat(trend(2 * AN_HOUR, i -> i < AN_HOUR ? 40 : 41).risesBy(1, 2)).isFalse();
    assertThat(trend(2 * AN_HOUR, i -> 40 + i / (AN_HOUR / 4)).risesBy(1, 2)).isTrue();
  }

  @Test
  void whatFallsOrStandsStillDoesNotRise() {
    assertThat(trend(AN_HOUR, _ -> 40).risesBy(1, 0)).isFalse();
    assertThat(trend(AN_HOUR, i -> 40 - i / 100.0).risesBy(1, 0)).isFalse();
    assertThat(trend(1, _ -> 40).risesBy(1, 0)).isFalse();
  }

  @Test
  void liveHeapIsWhatTheLastFullCollectionLeft() {
    List<String> log =
        List.of(
            "GC(3) DefNew: 19642K(19648K)->7K(19648K) Eden: 17467K(17472K)->0K(17472K) From:"
                + " 2175K(2176K)->7K(2176K)",
            "GC(3) Tenured: 16860K(43712K)->5415K(43712K)",
            "GC(3) Pause Full (Diagnostic Command) 35M->5M(61M) 54.617ms",
            "GC(4) DefNew: 17477K(19648K)->2175K(19648K) Eden: 17472K(17472K)->0K(17472K) From:"
                + " 5K(2176K)->2175K(2176K)",
            "GC(4) Tenured: 5415K(43712K)->5860K(43712K)",
            "GC(4) Pause Young (Allocation Failure) 33M->18M(61M) 1.119ms");
    assertThat(LiveHeap.afterLastFull(log)).isEqualTo(5422);
  }
}
