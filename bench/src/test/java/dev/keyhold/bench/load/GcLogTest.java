package dev.keyhold.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class GcLogTest {
  private static final double MIB = 1024 * 1024;

  private static final List<String> LOG =
      List.of(
          "[1000ms] Using G1",
          "[2000ms] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 20M->4M(64M) 2.345ms",
          "[3000ms] GC(1) Pause Young (Concurrent Start) (G1 Evacuation Pause) 24M->5M(64M) 2.1ms",
          "[3050ms] GC(2) Concurrent Mark Cycle",
          "[3500ms] GC(2) Pause Remark 15M->15M(64M) 1.0ms",
          "[4000ms] GC(3) Pause Young (Allocation Failure) 25M->5M(64M) 2.1ms",
          "[5000ms] GC(4) Pause Young (Normal) (G1 Evacuation Pause) 25M->5M(64M) 2.1ms");

  @Test
  void allocationIsWhatTheHeapGrewBetweenCollections() {
    // 20 MiB in each of three seconds; the pause in the middle freed nothing.
    assertThat(GcLog.bytesPerSecond(LOG, Instant.ofEpochMilli(0), Instant.ofEpochMilli(9000)))
        .hasValue(20 * MIB);
  }

  @Test
  void onlyCollectionsOfTheIntervalCount() {
    assertThat(GcLog.bytesPerSecond(LOG, Instant.ofEpochMilli(2500), Instant.ofEpochMilli(5001)))
        .hasValue(20 * MIB);
  }

  @Test
  void tooFewCollectionsSayNothing() {
    assertThat(GcLog.bytesPerSecond(LOG, Instant.ofEpochMilli(3900), Instant.ofEpochMilli(9000)))
        .isEmpty();
  }
}
