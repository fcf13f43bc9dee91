package dev.keyhold.iam;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// A wall clock and a monotonic clock that move only when told. [#pass] moves both, [#setWall] is
/// what an administrator or NTP does.
public final class SettableTime implements InstantSource {
  private Instant wall;
  private long nanos = 1_234_567_890_123L;

  public SettableTime(Instant start) {
    this.wall = start;
  }

  public void pass(Duration duration) {
    wall = wall.plus(duration);
    nanos += duration.toNanos();
  }

  public void setWall(Instant instant) {
    wall = instant;
  }

  @Override
  public Instant instant() {
    return wall;
  }

  public long nanoTime() {
    return nanos;
  }
}
