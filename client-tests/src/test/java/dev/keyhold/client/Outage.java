package dev.keyhold.client;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// What callers meet while something fails: how calls are answered, how long they take, and when
/// the last one failed.
final class Outage {
  private final AtomicBoolean over = new AtomicBoolean();
  private final Map<Integer, Integer> answers = new TreeMap<>();
  private long longestNanos;
  private long lastFailure = System.nanoTime();

  synchronized void answered(int status, long nanos) {
    answers.merge(status, 1, Integer::sum);
    longestNanos = Math.max(longestNanos, nanos);
    if (status >= 500) {
      lastFailure = System.nanoTime();
    }
  }

  /// The callers come to an end.
  void end() {
    over.set(true);
  }

  boolean isOver() {
    return over.get();
  }

  /// How long after this moment calls still failed.
  synchronized Duration failingAfter(long nanoTime) {
    return Duration.ofNanos(Math.max(0, lastFailure - nanoTime));
  }

  synchronized Duration longest() {
    return Duration.ofNanos(longestNanos);
  }

  /// How often each status was answered.
  synchronized Map<Integer, Integer> answers() {
    return Map.copyOf(answers);
  }
}
