package dev.keyhold.http;

import java.util.Optional;
import java.util.concurrent.Semaphore;

/// How many calls may be at work off the event loops at once. One more is refused at once instead
/// of waiting in line: a queue without bound takes the heap, and answers when nobody listens.
///
/// Callers who are not known yet have permits of their own, so that a flood of wrong passwords or
/// forged signatures takes none from those who are.
final class CallPermits {
  private final Semaphore known;
  private final Semaphore strangers;

  /// @param known calls of authenticated callers
  /// @param strangers calls without, and calls that are still finding out
  CallPermits(int known, int strangers) {
    this.known = new Semaphore(known);
    this.strangers = new Semaphore(strangers);
  }

  Optional<Permit> take(boolean isKnown) {
    Semaphore pool = isKnown ? known : strangers;
    return pool.tryAcquire() ? Optional.of(new Permit(pool)) : Optional.empty();
  }

  /// Held until the work ends, however long ago its answer was given up. Used by one thread at a
  /// time.
  final class Permit {
    private Semaphore held;

    private Permit(Semaphore held) {
      this.held = held;
    }

    /// The caller is authenticated now, and moves over.
    ///
    /// @return false when there is no room among the known
    boolean becomeKnown() {
      if (held.equals(known)) {
        return true;
      }
      boolean room = known.tryAcquire();
      if (room) {
        held.release();
        held = known;
      }
      return room;
    }

    void release() {
      held.release();
    }
  }
}
