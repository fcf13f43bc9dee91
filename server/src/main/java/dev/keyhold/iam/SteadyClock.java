package dev.keyhold.iam;

import dev.keyhold.error.Throttle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Wall time that never runs backwards: it follows the wall clock forwards and the monotonic clock
/// when the wall clock is set back. What ends by it never ends later because somebody, or NTP,
/// turned the clock back; a clock that jumps forwards ends it early, which is the safe side.
///
/// Tokens are dated by the wall clock all the same, so that a node whose clock was ahead for a
/// moment issues what the others take. [#millisFor] tells those that were issued since the clock
/// was last set back from those before: only for these does the lead of that time still count.
public final class SteadyClock implements InstantSource {
  private static final Logger LOG = LoggerFactory.getLogger(SteadyClock.class);

  /// What is no step, in milliseconds: a token may live so much shorter, and none longer.
  private static final long STEP = 1_000;

  private static final Duration WORTH_TELLING = Duration.ofSeconds(30);

  /// A reading that took longer says nothing: the thread was not running in between.
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final InstantSource wall;
  private final LongSupplier nanoTime;
  private final Throttle steps;
  private final AtomicReference<Seen> seen;

  /// @param nanoTime monotonic, as [System#nanoTime]
  public SteadyClock(InstantSource wall, LongSupplier nanoTime) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.steps = new Throttle(nanoTime, Duration.ofMinutes(1));
    long lead = reading().lead();
    this.seen = new AtomicReference<>(new Seen(lead, lead, Span.NONE, Long.MIN_VALUE, List.of()));
  }

  /// Dates by the wall clock, both ends included, in milliseconds.
  private record Span(long from, long to) {
    static final Span NONE = new Span(Long.MAX_VALUE, Long.MIN_VALUE);

    boolean has(long date) {
      return from <= date && date <= to;
    }

    Span and(Span other) {
      return new Span(Math.min(from, other.from), Math.max(to, other.to));
    }
  }

  /// What the clocks showed, and what the wall clock leads by, in milliseconds.
  private record Reading(long wall, long lead) {}

  /// What is known of the wall clock. A lead is how much it shows more than the monotonic one.
  ///
  /// @param most the largest lead that it ever had
  /// @param lead the largest since its last step
  /// @param issued what was issued since its last step
  /// @param setBackTo what it showed when it was last set back
  /// @param before what was issued before its steps and is dated later than `setBackTo`
  private record Seen(long most, long lead, Span issued, long setBackTo, List<Span> before) {
    private static final int MOST_SPANS = 16;

    boolean explains(long newLead) {
      return newLead <= lead && newLead >= lead - STEP;
    }

    Seen after(Reading read) {
      if (explains(read.lead())) {
        return this;
      }
      long newMost = Math.max(most, read.lead());
      if (Math.abs(read.lead() - lead) <= STEP) {
        return new Seen(newMost, read.lead(), issued, setBackTo, before);
      }
      long to = read.lead() < lead ? read.wall() : setBackTo;
      var spans = new ArrayList<>(before);
      spans.add(issued);
      spans.removeIf(span -> span.to() < to);
      if (spans.size() > MOST_SPANS) {
        spans.set(1, spans.get(1).and(spans.removeFirst()));
      }
      return new Seen(newMost, read.lead(), Span.NONE, to, List.copyOf(spans));
    }

    Seen issuedAt(long date) {
      return new Seen(most, lead, issued.and(new Span(date, date)), setBackTo, before);
    }

    boolean isOfBefore(long date) {
      if (date < setBackTo) {
        return true;
      }
      for (Span span : before) {
        if (span.has(date)) {
          return true;
        }
      }
      return false;
    }
  }

  @Override
  public long millis() {
    Seen now = look();
    return monotonic() + now.most();
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  /// The time by which something ends that says it was issued at `date`.
  long millisFor(long date) {
    Seen now = look();
    return monotonic() + (now.isOfBefore(date) ? now.most() : now.lead());
  }

  /// The wall clock's time, by which something is issued now.
  long issue() {
    look();
    long date = wall.millis();
    seen.updateAndGet(it -> it.issuedAt(date));
    return date;
  }

  private long monotonic() {
    return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
  }

  private Seen look() {
    Seen known = seen.get();
    if (known.explains(wall.millis() - monotonic())) {
      return known;
    }
    Reading read = reading();
    Seen before = seen.getAndUpdate(it -> it.after(read));
    Duration step = Duration.ofMillis(read.lead() - before.lead());
    if (step.abs().compareTo(WORTH_TELLING) > 0) {
      tell(step);
    }
    return seen.get();
  }

  private Reading reading() {
    while (true) {
      long begin = nanoTime.getAsLong();
      long shown = wall.millis();
      if (nanoTime.getAsLong() - begin <= SLOW_NANOS) {
        return new Reading(shown, shown - TimeUnit.NANOSECONDS.toMillis(begin));
      }
    }
  }

  private void tell(Duration step) {
    steps
        .pass()
        .ifPresent(_ -> {
          if (step.isNegative()) {
            LOG.warn(
                "the clock was set back by {} s: what was issued before still ends by what it"
                    + " showed, and tokens from now on are dated by what it shows",
                step.abs().toSeconds());
          } else {
            LOG.warn(
                "the clock was set forward by {} s: what was issued before ends as much earlier",
                step.toSeconds());
          }
        });
  }
}
