package dev.keyhold;

import java.io.PrintStream;
import java.util.function.LongConsumer;

/// How far a long command is of which nobody knows how long it will be: bytes that are counted up
/// in one line of a terminal, else a line for so many of them.
final class Counter implements LongConsumer {
  private static final int MEGABYTE = 20;
  private static final long MEGABYTES_A_LINE = 64;

  private final PrintStream out;
  private final boolean terminal;
  private final String what;
  private long shown;

  Counter(PrintStream out, boolean terminal, String what) {
    this.out = out;
    this.terminal = terminal;
    this.what = what;
  }

  static Counter of(String what) {
    return new Counter(System.err, StandardError.isTerminal(), what);
  }

  /// @param bytes so far
  @Override
  public void accept(long bytes) {
    long step = (bytes >> MEGABYTE) / (terminal ? 1 : MEGABYTES_A_LINE);
    if (step == shown) {
      return;
    }
    shown = step;
    if (terminal) {
      out.printf("\r%s: %d MiB", what, step);
      out.flush();
    } else {
      out.printf("%s: %d MiB%n", what, step * MEGABYTES_A_LINE);
    }
  }

  /// That was all.
  void end() {
    if (terminal && shown > 0) {
      out.println();
      shown = 0;
    }
  }
}
