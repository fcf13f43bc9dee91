package dev.keyhold.chaos;

/// How long and how strictly the tests that break things run: `-Dkeyhold.chaos.rounds=50`, which
/// the Maven profile `chaos` sets. With 0 each takes a few seconds, and no time decides.
public final class Chaos {
  /// Of a test class that runs longer when asked to.
  public static final String TAG = "chaos";

  /// Of one that takes a second or two when it is not asked to, and so is part of each build.
  public static final String QUICK = "quick";

  private Chaos() {}

  /// @param otherwise when nobody asks for long runs
  public static int rounds(int otherwise) {
    return measures() ? Integer.getInteger("keyhold.chaos.rounds") : otherwise;
  }

  /// Whether this is a long run, which holds times against what we promise.
  public static boolean measures() {
    return Integer.getInteger("keyhold.chaos.rounds", 0) > 0;
  }

  /// For random choices; in the report, and settable to repeat them.
  public static long seed() {
    return Long.getLong("keyhold.chaos.seed", System.nanoTime());
  }
}
