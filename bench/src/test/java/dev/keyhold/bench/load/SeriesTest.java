package dev.keyhold.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeriesTest {
  @Test
  void medianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
    assertThat(Series.median(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3);
  }

  @Test
  void eachSliceIsComparedWithTheCeilingAroundIt(@TempDir Path folder) throws Exception {
    Path empty = Files.createFile(folder.resolve("gc.log"));
    var series = new Series("x");
    series.add(sample(50), sample(90), sample(110)); // 0.5
    series.add(sample(10), sample(20), sample(20)); // 0.5, although this machine was busy
    series.add(sample(60), sample(100), sample(100)); // 0.6

    Series.Row row = series.row(new GcLog(empty));

    assertThat(row.ratio()).isEqualTo(0.5);
    assertThat(row.mostRatio()).isEqualTo(0.6);
    assertThat(row.perSecond()).isEqualTo(50);
    assertThat(row.allocated()).isEmpty();
  }

  private static Series.Sample sample(long requests) {
    var slice = new Generator.Slice(requests, Duration.ofSeconds(1), 1, 2);
    return new Series.Sample(slice, Instant.EPOCH, Instant.EPOCH, Duration.ZERO, 0);
  }
}
