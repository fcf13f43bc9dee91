package dev.keyhold.http;

import dev.keyhold.error.Throttle;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all connections share.
final class Edge {
  private static final Logger LOG = LoggerFactory.getLogger(Edge.class);

  /// TLS handshakes under way at once; what honest clients have in a second on a small machine.
  private static final int MOST_HANDSHAKES = 512;

  private static final Duration MOST_WHILE_STUCK = Duration.ofMillis(500);

  final RouteTable table;
  final Dispatcher dispatcher;

  /// How old a call gets while the store's disk does not answer.
  final int stuckTicks;

  final Limits limits;
  final RequestIds requestIds = new RequestIds();

  /// Open ones, from when they are accepted.
  final AtomicInteger connections = new AtomicInteger();

  /// For heads of requests without an answer, and bodies that are not whole.
  final Room unfinished;

  /// For large answers that are on their way.
  final Room largeAnswers;

  /// Bytes of all answers that nobody has read, as of the last ticks of the event loops.
  final AtomicLong unread = new AtomicLong();

  final Handshakes handshakes = new Handshakes(MOST_HANDSHAKES);
  final TrustedProxies proxies;
  private final Throttle fullHouse = new Throttle(System::nanoTime);
  private final Throttle manyUnread = new Throttle(System::nanoTime);

  /// Whether this server is about to stop: answers then say that their connection ends.
  volatile boolean draining;

  /// @param loops how many event loops there are
  Edge(RouteTable table, Dispatcher dispatcher, Limits limits, TrustedProxies proxies, int loops) {
    this.proxies = proxies;
    this.table = table;
    this.dispatcher = dispatcher;
    this.limits = limits;
    this.unfinished = new Room(limits.unfinishedBytes(), loops);
    this.largeAnswers = new Room(limits.unreadBytes(), loops);
    this.stuckTicks = limits.ticks(MOST_WHILE_STUCK);
  }

  /// Whether idle connections had better make room.
  boolean isCrowded() {
    return connections.get() > limits.connections() - Math.ceilDiv(limits.connections(), 10);
  }

  /// Answers that nobody reads take too much room.
  void tellOfUnread() {
    manyUnread
        .pass()
        .ifPresent(untold ->
            LOG.warn(
                "answers that are not read take more than {} bytes: closed connections, and {}"
                    + " times before",
                limits.unreadBytes(),
                untold));
  }

  /// A connection has found no place.
  void tellOfFullHouse() {
    fullHouse
        .pass()
        .ifPresent(untold ->
            LOG.warn(
                "{} connections are open: closed a new one, and {} before it",
                limits.connections(),
                untold));
  }
}
