package dev.keyhold.bench.load;

import java.io.IOException;
import java.time.Duration;

/// Sends one request again and again over a number of connections, each of which waits for its
/// answer before it sends the next.
public sealed interface Generator permits Wrk, NioGenerator {
  String name();

  /// @param port of a server on 127.0.0.1
  /// @throws LoadFailed when an answer was no success, or a connection broke
  Slice run(PlainRequest request, int port, int connections, Duration duration)
      throws IOException, InterruptedException;

  /// What one run came to; the latencies are of single requests, in microseconds.
  record Slice(long requests, Duration duration, long p50Micros, long p99Micros) {
    public double perSecond() {
      return requests * 1e9 / duration.toNanos();
    }
  }

  /// `wrk` where it is installed, for it costs the server's cores least; else what Java has.
  static Generator preferred() {
    return Wrk.isInstalled() ? new Wrk() : new NioGenerator();
  }
}
