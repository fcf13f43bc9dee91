package dev.keyhold.http;

import java.util.Optional;
import java.util.concurrent.Semaphore;

/// How many calls may be at work off the event loops at once. One more is refused at once instead
/// of waiting in line: a queue without bound takes the heap, and answers when nobody listens.
///
/// Callers who are not known yet have permits of their own, so that a flood of forged signatures
/// takes none from those who are; and calls that are open to anyone have others, so that a flood of
/// wrong passwords takes none from those who are about to be known.
final class CallPermits {
  private final Semaphore known;
  private final Semaphore strangers;
  private final Semaphore open;

  /// @param known calls of authenticated callers
  /// @param strangers calls that are still finding out who calls
  /// @param open calls of which nobody asks that
  CallPermits(int known, int strangers, int open) {
    this.known = new Semaphore(known);
    this.strangers = new Semaphore(strangers);
    this.open = new Semaphore(open);
  }

  /// @param access what the call's route says
  /// @param isKnown whether its caller is authenticated
  Optional<Permit> take(Access access, boolean isKnown) {
    Semaphore pool = access == Access.OPEN ? open : isKnown ? known : strangers;
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
