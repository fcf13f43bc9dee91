package dev.keyhold.key;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// When a key gets new material: by itself, if it has a schedule, and when it last did.
///
/// @param schedule empty while automatic rotation is off
/// @param last when the current material replaced an earlier one; empty before the first rotation
public record Rotation(Optional<Schedule> schedule, Optional<Instant> last) {
  public static final Rotation NEVER = new Rotation(Optional.empty(), Optional.empty());

  /// @param intervalDays 30 to 365
  /// @param next when the next rotation is due; it runs then, or as soon after as the key is
  ///   enabled and a server is up
  public record Schedule(int intervalDays, Instant next) {
    static Schedule from(Instant start, int intervalDays) {
      return new Schedule(intervalDays, start.plus(Duration.ofDays(intervalDays)));
    }

    /// Another interval, counted from where this one began.
    Schedule withInterval(int days) {
      return new Schedule(days, next.plus(Duration.ofDays(days - intervalDays)));
    }
  }

  Rotation scheduled(Schedule next) {
    return new Rotation(Optional.of(next), last);
  }

  Rotation off() {
    return new Rotation(Optional.empty(), last);
  }

  /// The next interval begins, while this rotation is yet to be done.
  Rotation begun(Instant now) {
    return new Rotation(schedule.map(it -> Schedule.from(now, it.intervalDays())), last);
  }

  /// One that had begun is done.
  Rotation ended(Instant now) {
    return new Rotation(schedule, Optional.of(now));
  }

  /// Done at `now`: the next interval begins, however long this one was overdue.
  Rotation done(Instant now) {
    return new Rotation(
        schedule.map(it -> Schedule.from(now, it.intervalDays())), Optional.of(now));
  }
}
