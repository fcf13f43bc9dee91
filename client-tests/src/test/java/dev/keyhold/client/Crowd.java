package dev.keyhold.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/// Many connections at once, of which none does what a client should. Used by one thread.
final class Crowd implements AutoCloseable {
  private static final Duration BETWEEN_BYTES = Duration.ofSeconds(1);
  private static final Duration GLANCE = Duration.ofMillis(20);

  private static final class Member {
    private final SocketChannel channel;
    private final StringBuilder heard = new StringBuilder();
    private boolean ended;

    Member(SocketChannel channel) {
      this.channel = channel;
    }
  }

  private final ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
  private final List<Member> members = new ArrayList<>();

  /// Opens connections one after the other.
  ///
  /// @param opening what each sends at once
  Crowd(int port, int size, String opening) {
    this(port, size, _ -> opening);
  }

  /// @param opening what each, from 0, sends at once
  Crowd(int port, int size, IntFunction<String> opening) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try {
      for (int i = 0; i < size; i++) {
        var channel = SocketChannel.open(address);
        byte[] bytes = opening.apply(i).getBytes(ISO_8859_1);
        channel.write(ByteBuffer.wrap(bytes)); // whole, since it blocks
        channel.configureBlocking(false);
        members.add(new Member(channel));
      }
    } catch (IOException failure) {
      close();
      throw new UncheckedIOException("after " + members.size() + " connections", failure);
    }
  }

  /// Has each of them send this, as far as the server takes it at once.
  void send(String latin1) {
    byte[] bytes = latin1.getBytes(ISO_8859_1);
    for (Member member : members) {
      try {
        if (!member.ended) {
          member.channel.write(ByteBuffer.wrap(bytes));
        }
      } catch (IOException _) {
        member.ended = true;
      }
    }
  }

  /// None of them sends anything any more; they only listen.
  void endOutput() {
    for (Member member : members) {
      try {
        member.channel.shutdownOutput();
      } catch (IOException _) {
        member.ended = true;
      }
    }
  }

  /// Hears what has come.
  void listen() {
    for (Member member : members) {
      try {
        int n = 0;
        while (!member.ended && (n = member.channel.read(buffer.clear())) > 0) {
          member.heard.append(ISO_8859_1.decode(buffer.flip()));
        }
        member.ended |= n < 0;
      } catch (IOException _) {
        member.ended = true; // a reset
      }
    }
  }

  /// Until the server has closed all of them.
  ///
  /// @param trickle what each goes on sending meanwhile, once a second
  void awaitEnd(Duration most, String trickle) {
    long begin = System.nanoTime();
    long sent = begin;
    listen();
    while (open() > 0) {
      long now = System.nanoTime();
      if (now - begin > most.toNanos()) {
        throw new AssertionError(open() + " connections are still open after " + most);
      }
      if (now - sent > BETWEEN_BYTES.toNanos()) {
        send(trickle);
        sent = now;
      }
      ServerProcess.pause(GLANCE);
      listen();
    }
  }

  /// Until each has an answer or is closed.
  void awaitAnswers(Duration most) {
    long begin = System.nanoTime();
    listen();
    while (members.stream().anyMatch(it -> !it.ended && it.heard.isEmpty())) {
      if (System.nanoTime() - begin > most.toNanos()) {
        throw new AssertionError("no answer within " + most + ": " + answers());
      }
      ServerProcess.pause(GLANCE);
      listen();
    }
  }

  int open() {
    return (int) members.stream().filter(it -> !it.ended).count();
  }

  /// What each has heard.
  List<String> heard() {
    return members.stream().map(it -> it.heard.toString()).toList();
  }

  /// How many have which status; 0 for no answer.
  Map<Integer, Long> answers() {
    var count = new TreeMap<Integer, Long>();
    heard().forEach(text -> count.merge(RawSocket.status(text), 1L, Long::sum));
    return count;
  }

  @Override
  public void close() {
    for (Member member : members) {
      try {
        member.channel.close();
      } catch (IOException _) {
        // It is gone, one way or another.
      }
    }
  }
}
