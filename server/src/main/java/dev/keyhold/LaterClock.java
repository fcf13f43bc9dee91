package dev.keyhold;

import java.time.Instant;
import java.time.InstantSource;

/// The later of two clocks: for when a waiting time begins at whose end something can't be undone.
/// Together with [EarlierClock] at the end neither one wrong clock makes it shorter; a clock that
/// is ahead makes it longer.
record LaterClock(InstantSource one, InstantSource other) implements InstantSource {
  @Override
  public Instant instant() {
    Instant first = one.instant();
    Instant second = other.instant();
    return first.isAfter(second) ? first : second;
  }
}
