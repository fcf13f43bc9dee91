package dev.keyhold;

import java.io.PrintStream;
import java.util.function.LongConsumer;

/// How far a long command is: a bar on a terminal, else a line at each tenth. On standard error,
/// since standard output may be the command's product.
final class Progress implements LongConsumer {
  static final String ROWS = "rows";
  static final String BYTES = "bytes";

  private static final int WIDTH = 40;
  private static final int PERCENT = 100;
  private static final int LINE_EACH = 10;

  private final PrintStream out;
  private final boolean terminal;
  private final String what;
  private final long total;
  private final String unit;
  private long shown = -1;

  Progress(PrintStream out, boolean terminal, String what, long total, String unit) {
    this.out = out;
    this.terminal = terminal;
    this.what = what;
    this.total = total;
    this.unit = unit;
  }

  /// @param total how many of `unit` there are
  static Progress of(String what, long total, String unit) {
    return new Progress(System.err, StandardError.isTerminal(), what, total, unit);
  }

  /// @param done of the total
  @Override
  public void accept(long done) {
    long percent = total == 0 ? PERCENT : Math.min(PERCENT, done * PERCENT / total);
    long step = terminal ? percent : percent / LINE_EACH;
    if (step == shown) {
      return;
    }
    shown = step;
    if (terminal) {
      int full = (int) (percent * WIDTH / PERCENT);
      out.printf("\r%s [%s%s] %d %%", what, "#".repeat(full), "-".repeat(WIDTH - full), percent);
      if (percent == PERCENT) {
        out.println();
      }
      out.flush();
    } else {
      out.printf("%s: %d %% (%d of %d %s)%n", what, percent, done, total, unit);
    }
  }

  /// All is done, even if it was not as much as was thought.
  void end() {
    accept(total);
  }

  /// Makes room for a line of somebody else's; the next [#accept] draws the bar again below it.
  void clear() {
    if (terminal && shown >= 0 && shown < PERCENT) {
      out.print("\r" + " ".repeat(what.length() + WIDTH + " [] 99 %".length()) + "\r");
      out.flush();
      shown = -1;
    }
  }
}
