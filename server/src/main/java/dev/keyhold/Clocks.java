package dev.keyhold;

import dev.keyhold.iam.SteadyClock;
import dev.keyhold.store.SharedWork;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// What time it is, for whom: what is dated goes by the wall clock, what ends by one that never
/// runs back, and what is destroyed by one that has been believed for a while.
final class Clocks {
  private final Config config;
  private final Optional<SharedWork> shared;
  private final SteadyClock steady;
  private final PatientClock system;

  /// @param shared of a shared store, which has a clock of its own; an embedded one only has this
  ///   machine's
  Clocks(Config config, Optional<SharedWork> shared) {
    this.config = config;
    this.shared = shared;
    this.steady = new SteadyClock(config.clock(), System::nanoTime);
    InstantSource machine = InstantSource.system();
    this.system =
        shared.isPresent()
            ? PatientClock.believing(machine, System::nanoTime)
            : PatientClock.doubting(machine, System::nanoTime, LastSeen.in(config.data()).read());
  }

  InstantSource wall() {
    return config.clock();
  }

  SteadyClock steady() {
    return steady;
  }

  /// By which keys are destroyed: rather too late. The offset of development mode is meant, so it
  /// is added to what was doubted.
  InstantSource patient() {
    InstantSource patient = () -> system.instant().plus(config.clockOffset());
    return shared.<InstantSource>map(work -> new EarlierClock(patient, work)).orElse(patient);
  }

  /// From which waiting times are counted: rather too late, too.
  InstantSource waiting() {
    InstantSource latest = () -> system.latest().plus(config.clockOffset());
    return shared.<InstantSource>map(work -> new LaterClock(latest, work)).orElse(latest);
  }

  /// Compares this node's clock with a shared store's.
  Optional<ClockSkew> skew() {
    return shared.map(work -> new ClockSkew(config.clock(), work));
  }

  /// Watches the machine's clock where there is no other.
  ///
  /// @param overdue how much there is to destroy at a time, counted up to a number
  Optional<ClockWatch> watch(Overdue overdue) {
    if (shared.isPresent()) {
      return Optional.empty();
    }
    int most = ClockWatch.MOST_COUNTED;
    return Optional.of(
        new ClockWatch(
            system,
            LastSeen.in(config.data()),
            config.clockOffset(),
            time -> Math.min(most, overdue.at(time, most)),
            System::nanoTime));
  }

  /// How much there is to destroy.
  interface Overdue {
    int at(Instant time, int most);
  }
}
