package dev.keyhold.error;

/// Marks the threads that must never wait, and the places that would make them.
///
/// Operations are straight-line code that does not know where it runs. The dispatcher runs a hot
/// one on the event loop inside [#forbidden]; code that is about to do I/O or slow arithmetic calls
/// [#ahead] first, which there throws [WouldBlock]. The dispatcher then runs the whole operation
/// again on a virtual thread. So a hot operation must change nothing before its last call that may
/// block.
public final class Blocking {
  private static final ThreadLocal<Mark> HERE = ThreadLocal.withInitial(Mark::new);

  /// Changed in place: to find it costs more than all else here.
  private static final class Mark {
    boolean forbidden;
  }

  private Blocking() {}

  /// Runs `work` on this thread with waiting forbidden.
  public static void forbidden(Runnable work) {
    Mark here = HERE.get();
    here.forbidden = true;
    try {
      work.run();
    } finally {
      here.forbidden = false;
    }
  }

  /// To be called before anything that may wait.
  ///
  /// @throws WouldBlock when this thread must not wait
  public static void ahead() {
    if (HERE.get().forbidden) {
      throw WouldBlock.INSTANCE;
    }
  }

  /// Control flow, not a failure: preallocated, without a stack trace.
  public static final class WouldBlock extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("StaticAssignmentOfThrowable") // it has no stack trace that could be stale
    static final WouldBlock INSTANCE = new WouldBlock();

    private WouldBlock() {
      super("must continue on a thread that may wait", null, false, false);
    }
  }
}
