package dev.keyhold.http;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;

/// How many calls may be at work off the event loops at once. One more is refused at once instead
/// of waiting in line: a queue without bound takes the heap, and answers when nobody listens.
///
/// Callers who are not known yet have permits of their own, so that a flood of forged signatures
/// takes none from those who are; and calls that are open to anyone have others, so that a flood of
/// wrong passwords takes none from those who are about to be known.
///
/// Of each kind nobody takes all: whoever has four times as many as are left gets no more. One
/// tenant alone has four fifths at the most, and the more there are, the less each has beyond the
/// others; some are left for whoever comes next. (Choudhury and Hahne's dynamic thresholds.)
final class CallPermits {
  private static final int TIMES_WHAT_IS_LEFT = 4;

  private final Pool known;
  private final Pool strangers;
  private final Pool open;

  /// @param known calls of authenticated callers
  /// @param strangers calls that are still finding out who calls
  /// @param open calls of which nobody asks that
  CallPermits(int known, int strangers, int open) {
    this.known = new Pool(known);
    this.strangers = new Pool(strangers);
    this.open = new Pool(open);
  }

  /// @param access what the call's route says
  /// @param isKnown whether its caller is authenticated
  /// @param owner the tenant of a caller who is, and of all others where they call from
  Optional<Permit> take(Access access, boolean isKnown, String owner) {
    Pool pool = access == Access.OPEN ? open : isKnown ? known : strangers;
    return pool.take(owner) ? Optional.of(new Permit(pool, owner)) : Optional.empty();
  }

  /// Places of one kind.
  private static final class Pool {
    private final Semaphore places;
    private final ConcurrentMap<String, Integer> owners = new ConcurrentHashMap<>();

    Pool(int places) {
      this.places = new Semaphore(places);
    }

    boolean take(String owner) {
      if (!places.tryAcquire()) {
        return false;
      }
      int left = places.availablePermits() + 1;
      int before = owners.merge(owner, 1, Integer::sum) - 1;
      if (before < TIMES_WHAT_IS_LEFT * left) {
        return true;
      }
      release(owner);
      return false;
    }

    void release(String owner) {
      owners.computeIfPresent(owner, (_, has) -> has == 1 ? null : has - 1);
      places.release();
    }
  }

  /// Held until the work ends, however long ago its answer was given up. Used by one thread at a
  /// time.
  final class Permit {
    private Pool held;
    private String owner;

    private Permit(Pool held, String owner) {
      this.held = held;
      this.owner = owner;
    }

    /// The caller is authenticated now, and moves over.
    ///
    /// @return false when there is no room among the known
    boolean becomeKnown(String tenant) {
      if (held.equals(known)) {
        return true;
      }
      boolean room = known.take(tenant);
      if (room) {
        held.release(owner);
        held = known;
        owner = tenant;
      }
      return room;
    }

    void release() {
      held.release(owner);
    }
  }
}
