package dev.keyhold;

import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log when this node's clock and the shared store's are apart. Tokens and signatures go
/// by the clock of the node that sees them, also one that was wrong for a moment, see
/// [dev.keyhold.iam.SteadyClock]; nothing that can't be undone goes by one clock alone.
final class ClockSkew {
  private static final Logger LOG = LoggerFactory.getLogger(ClockSkew.class);

  /// Well above what a slow answer of the database looks like, well below what callers notice.
  private static final Duration MOST = Duration.ofSeconds(30);

  private final InstantSource here;
  private final InstantSource there;
  private boolean apart;

  /// @param there may wait for the store
  ClockSkew(InstantSource here, InstantSource there) {
    this.here = here;
    this.there = there;
  }

  /// Compares them, and logs when that has another outcome than the last time.
  void look() {
    Duration ahead = Duration.between(there.instant(), here.instant());
    boolean isApart = ahead.abs().compareTo(MOST) > 0;
    if (isApart && !apart) {
      LOG.warn(
          "this node's clock is {} s {} the database's: set it right, or its tokens end too {} and"
              + " signed requests are refused",
          ahead.abs().toSeconds(),
          ahead.isNegative() ? "behind" : "ahead of",
          ahead.isNegative() ? "late" : "early");
    } else if (apart && !isApart) {
      LOG.info("this node's clock agrees with the database's again");
    }
    apart = isApart;
  }
}
