package dev.keyhold.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Commits an [Abuse], on a thread of its own, until it is closed.
final class Mob implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Abuse abuse;
  private final InetSocketAddress server;
  private final Selector selector;
  private final ByteBuffer heard = ByteBuffer.allocate(16 * 1024);
  private final Map<Integer, Long> answers = new TreeMap<>();
  private final Thread thread = new Thread(this::run, "mob");
  private long ends;
  private volatile boolean done;

  private Mob(Abuse abuse, int port) throws IOException {
    this.abuse = abuse;
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.selector = Selector.open();
  }

  /// Returns when all connections have been opened once.
  static Mob start(Abuse abuse, int port) throws IOException {
    var mob = new Mob(abuse, port);
    for (int i = 0; i < abuse.connections(); i++) {
      mob.join();
      mob.selector.selectNow(mob::advance);
    }
    mob.thread.start();
    return mob;
  }

  private void join() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    boolean connected = channel.connect(server);
    ByteBuffer opening = ByteBuffer.wrap(abuse.opening().getBytes(US_ASCII));
    channel.register(
        selector, connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT, opening);
  }

  private void run() {
    long next = System.nanoTime() + PAUSE.toNanos();
    try {
      while (!done) {
        selector.select(this::advance, 100);
        if (System.nanoTime() >= next) {
          next += PAUSE.toNanos();
          trickle();
        }
        int missing = abuse.connections() - selector.keys().size();
        for (int i = 0; abuse.again() && i < missing; i++) {
          join();
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void trickle() {
    byte[] bytes = abuse.everySecond().getBytes(US_ASCII);
    for (SelectionKey key : selector.keys()) {
      if (bytes.length > 0 && key.isValid() && key.interestOps() == SelectionKey.OP_READ) {
        try {
          ((SocketChannel) key.channel()).write(ByteBuffer.wrap(bytes));
        } catch (IOException _) {
          end(key);
        }
      }
    }
  }

  private void advance(SelectionKey key) {
    if (!(key.attachment() instanceof ByteBuffer opening)) {
      throw new IllegalStateException("a key without an opening");
    }
    var channel = (SocketChannel) key.channel();
    try {
      if (key.isConnectable()) {
        channel.finishConnect();
        key.interestOps(SelectionKey.OP_WRITE);
      }
      if (key.isWritable()) {
        channel.write(opening);
        key.interestOps(
            SelectionKey.OP_READ | (opening.hasRemaining() ? SelectionKey.OP_WRITE : 0));
        if (abuse.halfOpen() && !opening.hasRemaining()) {
          channel.shutdownOutput();
        }
      }
      if (key.isReadable()) {
        read(key, channel, opening);
      }
    } catch (IOException _) {
      end(key);
    }
  }

  private void read(SelectionKey key, SocketChannel channel, ByteBuffer opening)
      throws IOException {
    int n = channel.read(heard.clear());
    if (n < 0) {
      end(key);
      return;
    }
    String text = US_ASCII.decode(heard.flip()).toString();
    if (text.startsWith("HTTP/1.1 ") && text.length() > 12) {
      answers.merge(Integer.parseInt(text.substring(9, 12)), 1L, Long::sum);
      if (abuse.again() && !opening.hasRemaining()) {
        opening.rewind();
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
      }
    }
  }

  private void end(SelectionKey key) {
    ends++;
    key.cancel();
    try {
      key.channel().close();
    } catch (IOException _) {
      // It is gone, one way or another.
    }
  }

  /// What came of it, once it is closed.
  String outcome() {
    String statuses =
        answers.entrySet().stream()
            .map(each -> each.getValue() + " × " + each.getKey())
            .collect(Collectors.joining(", "));
    return (statuses.isEmpty() ? "no answers" : statuses) + "; " + ends + " ends";
  }

  @Override
  public void close() throws IOException {
    done = true;
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (selector.isOpen()) {
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    }
  }
}
