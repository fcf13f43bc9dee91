package dev.keyhold;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the log that the certificate which is served ends soon. A server may run for longer than
/// its certificate, and the start after that is refused.
///
/// @param file where it came from; what is there by now may be newer
/// @param expires when the one that is served ends
/// @param clock of the machine: callers check the certificate by theirs
record CertificateWatch(Path file, Instant expires, InstantSource clock) {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);
  private static final Duration WARN_BEFORE = Duration.ofDays(30);

  /// To be called at the start, and each day.
  void look() {
    Instant now = clock.instant();
    if (now.isAfter(expires)) {
      LOG.error(
          "the TLS certificate {} expired on {}: callers refuse it. Renew it and restart the"
              + " server",
          file,
          expires);
    } else if (now.plus(WARN_BEFORE).isAfter(expires)) {
      LOG.warn(
          "the TLS certificate {} expires on {}: renew it and restart the server, whose next start"
              + " is refused after that",
          file,
          expires);
    }
  }
}
