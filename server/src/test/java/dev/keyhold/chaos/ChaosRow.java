package dev.keyhold.chaos;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/// One row of the [ChaosReport] for a class of many small tests: how many held, and what they
/// measured.
///
/// ```
/// @RegisterExtension
/// static final ChaosRow ROW = ChaosRow.of("F14 HSM", "an HSM away, a wrong PIN");
/// ```
public final class ChaosRow
    implements BeforeAllCallback, BeforeTestExecutionCallback, TestWatcher, AfterAllCallback {
  private final String test;
  private final String what;
  private Optional<ChaosReport> row = Optional.empty();
  private int held;
  private int failed;
  private int skipped;
  private long began;
  private long longestNanos;
  private String longest = "";

  private ChaosRow(String test, String what) {
    this.test = test;
    this.what = what;
  }

  /// @param test as for [ChaosReport#of]
  public static ChaosRow of(String test, String what) {
    return new ChaosRow(test, what);
  }

  /// What was measured.
  public synchronized void figure(String figure) {
    row.ifPresent(open -> open.figure(figure));
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    row = Optional.of(ChaosReport.of(test, what));
  }

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    began = System.nanoTime();
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    held++;
    long nanos = System.nanoTime() - began;
    if (nanos > longestNanos) {
      longestNanos = nanos;
      longest = context.getRequiredTestMethod().getName();
    }
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    failed++;
    figure(context.getRequiredTestMethod().getName() + " failed");
  }

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    skipped++;
  }

  /// Leaves the row, unless nothing was run.
  @Override
  public void afterAll(ExtensionContext context) {
    row.filter(_ -> held + failed > 0)
        .ifPresent(open -> {
          try (open) {
            open.rounds(held + failed);
            open.figure(
                "%d of %d tests held%s, the longest %s in %d ms"
                    .formatted(
                        held,
                        held + failed,
                        skipped == 0 ? "" : ", %d skipped".formatted(skipped),
                        longest,
                        Duration.ofNanos(longestNanos).toMillis()));
            if (failed == 0) {
              open.passed();
            }
          }
        });
  }
}
