package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What becomes of a connection whose other end takes nothing, or sends on unanswered.
class GuardTest {
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final int WRITE_TICKS = 3;
  private static final String REQUEST = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

  private static final Limits LIMITS =
      Limits.standard().withTimes(NEVER, NEVER, TICK.multipliedBy(WRITE_TICKS), TICK);

  /// What is asked of the socket.
  private static final class Reads extends ChannelOutboundHandlerAdapter {
    private int asked;

    @Override
    public void read(ChannelHandlerContext context) {
      asked++;
      context.read();
    }
  }

  /// As TLS over a connection that takes nothing: that it ends can't be said either, and is waited
  /// for.
  private static final class Blocked extends ChannelOutboundHandlerAdapter {
    @Override
    public void flush(ChannelHandlerContext context) {}

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {}
  }

  /// What the client has to read.
  enum Unread {
    ANSWER(ConnectionGuard::answered),
    ANSWERS_BEFORE_THIS_ONE(ConnectionGuard::awaitRoom),
    LAST_ANSWER(ConnectionGuard::end);

    private final Consumer<ConnectionGuard> turn;

    Unread(Consumer<ConnectionGuard> turn) {
      this.turn = turn;
    }
  }

  private final Edge edge = TestEdge.unserved(LIMITS);
  private final EdgeLoop loop = new EdgeLoop(edge);
  private final ConnectionGuard guard = new ConnectionGuard(edge, loop, new HttpServerOptions());

  private static void send(EmbeddedChannel channel, String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private EmbeddedChannel withARequest(ChannelOutboundHandlerAdapter below) {
    var channel = new EmbeddedChannel(below, guard, guard.decoder());
    send(channel, REQUEST);
    return channel;
  }

  private static void answer(EmbeddedChannel channel, int bytes) {
    assertThat(channel.write(Unpooled.wrappedBuffer(new byte[bytes])).isDone()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Unread.class)
  void whoDoesNotReadIsClosedBelowTls(Unread what) {
    EmbeddedChannel channel = withARequest(new Blocked());
    what.turn.accept(guard);
    answer(channel, 1000);
    for (int i = 0; i < WRITE_TICKS; i++) {
      loop.tick();
      assertThat(channel.isOpen()).isTrue();
    }
    loop.tick();
    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }

  @Test
  void whoHasMoreUnreadThanTheirShareIsClosedBelowTlsToo() {
    EmbeddedChannel channel = withARequest(new Blocked());
    guard.answered();
    answer(channel, Math.toIntExact(LIMITS.unreadBytes() + 1));
    loop.tick();
    assertThat(channel.isOpen()).isTrue(); // the first look may be a late one
    loop.tick();
    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }

  /// Vert.x switches reading on as it likes. Once it is on, nobody asks anew for what was not let
  /// through.
  @Test
  void whatWasNotReadWhileARequestWaitedIsReadAfterwards() {
    var reads = new Reads();
    EmbeddedChannel channel = withARequest(reads);
    send(channel, REQUEST.substring(0, 10));
    int before = reads.asked;
    channel.config().setAutoRead(true);
    assertThat(reads.asked).isEqualTo(before); // it still waits
    guard.answered();
    guard.goOn();
    assertThat(reads.asked).isGreaterThan(before);
    channel.finishAndReleaseAll();
  }
}
