package dev.keyhold.iam;

import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One piece of work at a time for each source, with a few more that wait for it. One too many is
/// refused at once: whoever waits holds a place among the calls at work, of which others need one.
final class Turns {
  private static final int MOST_OF_A_SOURCE = 16;
  private static final int MOST = 256; // half of what http.CallPermits has for open calls
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final String what;
  private final ConcurrentMap<String, Turn> turns = new ConcurrentHashMap<>();
  private final Semaphore places = new Semaphore(MOST);

  private static final class Turn {
    final ReentrantLock lock = new ReentrantLock();
    int users; // changed under the map's lock of the entry
  }

  /// @param what is waited for, for messages
  Turns(String what) {
    this.what = what;
  }

  /// Waits for the source's turn, 10 seconds at most, and does `work` in it.
  ///
  /// @throws Unavailable when 16 of this source or 256 in all are here already
  <T> T take(String source, Supplier<T> work) {
    Turn turn = turns.compute(source, (_, known) -> joined(known == null ? new Turn() : known));
    try {
      return inTurn(turn, work);
    } finally {
      turns.computeIfPresent(source, (_, known) -> left(known));
    }
  }

  /// How many are here, at work or waiting.
  int size() {
    return MOST - places.availablePermits();
  }

  private Turn joined(Turn turn) {
    if (turn.users == MOST_OF_A_SOURCE || !places.tryAcquire()) {
      throw full();
    }
    turn.users++;
    return turn;
  }

  private @Nullable Turn left(Turn turn) {
    places.release();
    turn.users--;
    return turn.users == 0 ? null : turn;
  }

  private <T> T inTurn(Turn turn, Supplier<T> work) {
    try {
      if (!turn.lock.tryLock(LONGEST_WAIT.toNanos(), TimeUnit.NANOSECONDS)) {
        throw full();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw full();
    }
    try {
      return work.get();
    } finally {
      turn.lock.unlock();
    }
  }

  private Unavailable full() {
    return new Unavailable(what, new TimeoutException("others are first"));
  }
}
