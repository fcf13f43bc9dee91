package dev.keyhold.http;

import java.util.ArrayList;
import java.util.List;

/// The connections of one event loop, and its clock, which counts ticks: one look at all
/// connections a tick costs less than a timer for each request. Used on that event loop only.
final class EdgeLoop {
  private final List<ConnectionGuard> guards = new ArrayList<>();
  private int now;

  /// In ticks since the start.
  int now() {
    return now;
  }

  void add(ConnectionGuard guard) {
    guard.place = guards.size();
    guards.add(guard);
  }

  void remove(ConnectionGuard guard) {
    ConnectionGuard last = guards.removeLast();
    if (last != guard) {
      guards.set(guard.place, last);
      last.place = guard.place;
    }
  }

  void tick() {
    now++;
    for (int i = guards.size() - 1; i >= 0; i--) { // downwards: one that closes takes itself out
      guards.get(i).tick(now);
    }
  }
}
