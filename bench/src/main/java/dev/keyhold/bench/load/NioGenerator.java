package dev.keyhold.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/// A generator for machines without `wrk`: one thread and one selector in this JVM. It takes about
/// twice the CPU time of `wrk` a request, so absolute numbers of the two don't compare.
final class NioGenerator implements Generator {
  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final long HIGHEST_NANOS = Duration.ofMinutes(1).toNanos();

  @Override
  public String name() {
    return "the JVM generator";
  }

  @Override
  public Slice run(PlainRequest request, int port, int connections, Duration duration)
      throws IOException {
    byte[] bytes = request.onTheWire("127.0.0.1:" + port);
    var latencies = new Histogram(HIGHEST_NANOS, 3);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    List<NioConnection> open = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        SocketChannel channel = SocketChannel.open(address);
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
        open.add(new NioConnection(channel, key, bytes));
      }
      return loop(selector, open, request, latencies, duration);
    } finally {
      for (NioConnection connection : open) {
        connection.close();
      }
    }
  }

  private static Slice loop(
      Selector selector,
      List<NioConnection> open,
      PlainRequest request,
      Histogram latencies,
      Duration duration)
      throws IOException {
    long start = System.nanoTime();
    long end = start + duration.toNanos();
    for (NioConnection connection : open) {
      connection.send(start);
    }
    long now = start;
    while (now < end) {
      int ready =
          selector.select(
              key -> {
                if (!(key.attachment() instanceof NioConnection connection)) {
                  throw new IllegalStateException("a key without a connection");
                }
                connection.advance(latencies);
              },
              SILENCE.toMillis());
      if (ready == 0) {
        throw new LoadFailed(request + " got no answer for " + SILENCE.toSeconds() + " s");
      }
      now = System.nanoTime();
    }
    long refused = open.stream().mapToLong(NioConnection::refused).sum();
    long broken = open.stream().filter(NioConnection::isBroken).count();
    long requests = latencies.getTotalCount();
    if (refused + broken > 0 || requests == 0) {
      throw new LoadFailed(
          "%s: of %d requests, %d were refused; %d connections broke"
              .formatted(request, requests, refused, broken));
    }
    return new Slice(
        requests,
        Duration.ofNanos(now - start),
        latencies.getValueAtPercentile(50) / 1000,
        latencies.getValueAtPercentile(99) / 1000);
  }
}
