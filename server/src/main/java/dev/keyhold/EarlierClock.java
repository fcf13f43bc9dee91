package dev.keyhold;

import java.time.Instant;
import java.time.InstantSource;

/// The earlier of two clocks: for what can't be undone, and so has to be due by both. On a shared
/// store they are this node's and the database's, lest one node with a wrong clock destroy keys
/// early.
record EarlierClock(InstantSource one, InstantSource other) implements InstantSource {
  @Override
  public Instant instant() {
    Instant first = one.instant();
    Instant second = other.instant();
    return first.isBefore(second) ? first : second;
  }
}
