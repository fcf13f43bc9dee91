package dev.keyhold.replication;

import dev.keyhold.error.KmsError;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which regions have lately given no answer, so that the rounds leave them alone for a while and
/// the log tells once.
final class PeerHealth {
  private static final Logger LOG = LoggerFactory.getLogger(PeerHealth.class);
  private static final Duration REST = Duration.ofSeconds(3);

  private final LongSupplier nanoTime;
  private final Map<String, Long> failedAt = new ConcurrentHashMap<>();

  PeerHealth(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  void failed(String region, PeerUnreachable failure) {
    if (failedAt.put(region, nanoTime.getAsLong()) == null) {
      LOG.warn("region {} can't be told about keys: {}", region, failure.getMessage());
    }
  }

  /// Notes it likewise.
  ///
  /// @return what a caller is told
  RuntimeException unreachable(String region, PeerUnreachable failure) {
    failed(region, failure);
    return KmsError.SERVICE_UNAVAILABLE.rejected(
        "Region " + region + " gives no answer; try again.");
  }

  void answered(String region) {
    if (failedAt.remove(region) != null) {
      LOG.info("region {} answers again", region);
    }
  }

  boolean isWorthTrying(String region) {
    Long failed = failedAt.get(region);
    return failed == null || nanoTime.getAsLong() - failed > REST.toNanos();
  }
}
