package dev.keyhold.http;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/// What one event loop has to send, which leaves when it has served all sockets that it found
/// ready: a client that is woken by the first answer would take the processor away in the middle of
/// the others, and the code that serves would make room in the caches for the code that sends and
/// back, once a request. The price is that an answer waits for those found ready with it. Used on
/// that event loop only.
final class Departures {
  /// So many at the most.
  static final int MOST = 16;

  private final Queue<Runnable> waiting = new ArrayDeque<>(MOST);
  private final Runnable turn = this::takeTurn;
  private boolean asked;

  /// @param sends what is to be sent; run once
  /// @param thread the event loop, which comes to this behind the sockets that are ready
  void add(Runnable sends, Executor thread) {
    waiting.add(sends);
    if (waiting.size() >= MOST) {
      leave();
    } else if (!asked) {
      asked = true;
      thread.execute(turn);
    }
  }

  private void takeTurn() {
    asked = false;
    leave();
  }

  private void leave() {
    // What is sent may be followed by more.
    for (Runnable sends = waiting.poll(); sends != null; sends = waiting.poll()) {
      sends.run();
    }
  }
}
