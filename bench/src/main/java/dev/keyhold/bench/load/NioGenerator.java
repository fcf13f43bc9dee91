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

/// A generator for machines without `wrk`: one thread and one selector in this JVM. It takes about
/// twice the CPU time of `wrk` a request, so absolute numbers of the two don't compare.
final class NioGenerator implements Generator {
  private static final Duration SILENCE = Duration.ofSeconds(10);

  @Override
  public String name() {
    return "the JVM generator";
  }

  @Override
  public Slice run(PlainRequest request, int port, int connections, Duration duration)
      throws IOException {
    byte[] bytes = request.onTheWire("127.0.0.1:" + port);
    var tally = new Tally();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    List<NioConnection> open = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        SocketChannel channel = SocketChannel.open(address);
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
        open.add(new NioConnection(channel, key, bytes, tally));
      }
      long start = System.nanoTime();
      for (NioConnection connection : open) {
        connection.send(start);
      }
      loop(selector, tally, start + duration.toNanos());
      return tally.slice(request, Duration.ofNanos(System.nanoTime() - start));
    } finally {
      for (NioConnection connection : open) {
        connection.close();
      }
    }
  }

  /// Until `end`, but not before the first answer unless none comes; and not on when one has
  /// failed.
  private static void loop(Selector selector, Tally tally, long end) throws IOException {
    while (!tally.hasFailed() && (System.nanoTime() < end || tally.answers() == 0)) {
      int ready = selector.select(NioGenerator::advance, SILENCE.toMillis());
      if (ready == 0) {
        tally.broke();
      }
    }
  }

  private static void advance(SelectionKey key) {
    if (!(key.attachment() instanceof NioConnection connection)) {
      throw new IllegalStateException("a key without a connection");
    }
    connection.advance();
  }
}
