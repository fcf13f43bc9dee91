package dev.keyhold.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The clock and the end of one connection: closes it when the client is too slow at whatever is
/// its turn, and closes it so that a client in the middle of sending can still read why.
///
/// The first handler that sees plain bytes. Used on the connection's event loop only.
@SuppressWarnings("FutureReturnValueIgnored") // of last writes and closes: nobody is left to tell
final class ConnectionGuard extends ChannelDuplexHandler {
  private static final int LINGER_BYTES = 256 * 1024;
  private static final int LINGER_TICKS = 4;

  private enum Turn {
    /// The client's: nothing has come yet, or nothing since it has read the last answer.
    IDLE,
    /// The client's, in the middle of a head.
    HEAD,
    /// The client's, in the middle of a body.
    BODY,
    /// Ours.
    CALL,
    /// The client's: it has answers to read before there is room for another.
    WRITE,
    /// The client's: it has the last answer to read.
    READ,
    /// The client's: it is to notice that there will be no more.
    END
  }

  private final Edge edge;
  private final EdgeLoop loop;
  private final HttpServerOptions options;
  private StrictRequestDecoder decoder;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ChannelPromise closing;
  private @Nullable Call call;
  private Turn turn = Turn.IDLE;
  private int since;
  private int allowed;
  private boolean ending;
  private boolean inputEnded;
  private boolean departing;
  private final Runnable departure = this::depart;

  private final Claim head; // that is coming, or has no answer yet
  private final Claim kept; // by the decoder beside it
  private final Claim body; // that is not whole yet
  private final Claim record; // of TLS, that is not whole
  private final Claim buffer; // that the decoder does not let go of

  private boolean busy; // with a request that is not answered
  private boolean waiting; // more has come behind it
  private int recordSince;

  private int lingerBytes = LINGER_BYTES;

  /// Where [EdgeLoop] keeps this guard.
  int place;

  ConnectionGuard(Edge edge, EdgeLoop loop, HttpServerOptions options) {
    this.edge = edge;
    this.loop = loop;
    this.options = options;
    this.decoder = new StrictRequestDecoder(options, edge.limits, this);
    this.head = new Claim(loop);
    this.kept = new Claim(loop);
    this.body = new Claim(loop);
    this.record = new Claim(loop);
    this.buffer = new Claim(loop);
    turn(Turn.IDLE, edge.limits.headTicks());
  }

  StrictRequestDecoder decoder() {
    return decoder;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
    loop.add(this);
    added
        .channel()
        .closeFuture()
        .addListener(_ -> {
          loop.remove(this);
          giveBackAll();
        });
  }

  /// Whether this connection takes no more requests.
  boolean isEnding() {
    return ending || !context().channel().isActive();
  }

  /// Whether a request has no answer yet.
  boolean isBusy() {
    return busy;
  }

  /// Bytes of answers that the client has not taken, beside those that the system holds for it.
  long unread() {
    ChannelOutboundBuffer answers = context().channel().unsafe().outboundBuffer();
    return answers == null ? 0 : answers.totalPendingWriteBytes();
  }

  /// Some of a head has come. It counts until its request is answered, for it is kept as long.
  ///
  /// @param bytes that it takes
  /// @return false when there is no room for it: the connection ends, and nothing more is read
  boolean headArrives(int bytes) {
    if (turn == Turn.IDLE || turn == Turn.READ) {
      turn(Turn.HEAD, edge.limits.headTicks());
    }
    return head.set(head.bytes() + bytes) || refuse();
  }

  /// What has come of a head until now is all of it.
  void headIsWhole() {
    busy = true;
  }

  /// What the decoder keeps beside a head, because it can't read it yet.
  ///
  /// @param bytes all of it, and not only what is new
  /// @return false when there is no room for it: the connection ends, and nothing more is read
  boolean keeps(int bytes) {
    return kept.set(bytes) || refuse();
  }

  /// Likewise, behind a request that has no answer yet: no more is read from the socket meanwhile.
  boolean waits(int bytes) {
    if (!keeps(bytes)) {
      return false;
    }
    if (!waiting) {
      waiting = true;
      context().channel().config().setAutoRead(false);
    }
    return true;
  }

  /// Some of the body has come that is awaited.
  ///
  /// @return false when there is no room for it: the call has been refused
  boolean bodyArrives(int bytes) {
    return body.set(body.bytes() + bytes) || refuse();
  }

  /// All of the body has come, or nobody waits for the rest.
  void bodyEnds() {
    body.end();
  }

  /// The decoder has read a long line: it has a buffer for it from now on.
  ///
  /// @param bytes of the line
  /// @return false when there is no room for it: the connection ends, and nothing more is read
  boolean buffers(int bytes) {
    int size = 2 * bytes; // it grows by doubling
    return size <= buffer.bytes() || buffer.set(size) || refuse();
  }

  /// An idle connection keeps nothing of the longest line that it has seen.
  private void renewDecoder() {
    var fresh = new StrictRequestDecoder(options, edge.limits, this);
    context().pipeline().replace(decoder, "httpDecoder", fresh);
    decoder = fresh;
    buffer.end();
  }

  /// Reads what has come behind the request that is answered now.
  void goOn() {
    if (!waiting || busy || isEnding()) {
      return;
    }
    waiting = false;
    context().fireChannelRead(Unpooled.EMPTY_BUFFER);
    context().fireChannelReadComplete();
    if (!waiting) {
      context().channel().config().setAutoRead(true);
      context().read(); // Vert.x may have switched it on already, when a read was not let through
      recordSince = loop.now(); // it could not go on until now
      if (inputEnded && turn == Turn.BODY) {
        abort(); // the rest of it can't come
      } else {
        closeIfAllIsSaid();
      }
    }
  }

  /// Some of a TLS record has come: it is not to be read before it is whole.
  ///
  /// @param bytes of it until now
  /// @param another whether it is not the one that was told of before
  void recordArrives(int bytes, boolean another) {
    if (ending) {
      return; // it is thrown away
    }
    if (another) {
      recordSince = loop.now();
    }
    var _ = record.set(bytes) || refuse();
  }

  /// There is no room for what the client sends.
  ///
  /// @return false
  private boolean refuse() {
    Call arriving = call;
    if (turn == Turn.BODY && arriving != null) {
      arriving.bodyFindsNoRoom();
    } else if (turn == Turn.CALL || turn == Turn.WRITE || ending) {
      abort(); // another request has its answer to get first
    } else {
      endWith(RawAnswer.unavailable(edge.requestIds.next(), loop.date()));
    }
    return false;
  }

  private void giveBackAll() {
    head.end();
    kept.end();
    body.end();
    record.end();
    buffer.end();
  }

  void awaitBody(Call mine, int ticks) {
    call = mine;
    turn(Turn.BODY, ticks);
  }

  void awaitAnswer(Call mine, int ticks) {
    call = mine;
    turn(Turn.CALL, ticks);
  }

  void awaitRoom() {
    turn(Turn.WRITE, edge.limits.writeTicks());
  }

  /// The answer is about to be written.
  void answered() {
    call = null;
    busy = false;
    head.end();
    turn(Turn.READ, edge.limits.writeTicks());
  }

  private void turn(Turn next, int ticks) {
    turn = next;
    since = loop.now();
    allowed = ticks;
  }

  /// Nothing more is read as requests: what still comes is thrown away. To be followed by a close.
  void end() {
    call = null;
    ending = true;
    turn(Turn.END, edge.limits.writeTicks()); // for the last answer
  }

  void tick(int now) {
    if (turn == Turn.READ && unread() == 0) {
      turn(Turn.IDLE, edge.limits.idleTicks());
    }
    if (turn == Turn.IDLE && buffer.bytes() > 0) {
      renewDecoder();
    }
    if (record.bytes() > 0
        && (turn == Turn.IDLE || turn == Turn.READ)
        && now - recordSince > edge.limits.headTicks()) {
      endWith(RawAnswer.requestTimeout(edge.requestIds.next(), loop.date()));
      return;
    }
    if (now - since <= patience()) {
      return;
    }
    Call late = call;
    switch (turn) {
      case IDLE -> abort();
      case WRITE, READ -> cut();
      case HEAD -> endWith(RawAnswer.requestTimeout(edge.requestIds.next(), loop.date()));
      case BODY -> {
        if (late != null) {
          late.bodyIsLate();
        }
      }
      case CALL -> {
        if (late != null) {
          late.answerIsLate();
        }
      }
      case END -> {
        if (unread() > 0) {
          cut();
        } else {
          abort();
        }
      }
    }
  }

  /// For how many ticks it may stay as it is.
  private int patience() {
    return switch (turn) {
      case IDLE -> edge.isCrowded() ? edge.limits.headTicks() : allowed;
      case CALL -> edge.dispatcher.isStoreStuck() ? Math.min(edge.stuckTicks, allowed) : allowed;
      default -> allowed;
    };
  }

  private void endWith(byte[] answer) {
    end();
    context().writeAndFlush(Unpooled.wrappedBuffer(answer)); // behind what is to depart
    close();
  }

  /// Closes the connection of a client that does not read, which would not read either that TLS
  /// ends.
  void cut() {
    ending = true;
    ChannelPromise promise = closing;
    context().pipeline().firstContext().close(promise != null ? promise : context().newPromise());
  }

  /// Closes at once: from here a close does not come by [#close] again.
  private void abort() {
    ending = true;
    if (departing) {
      context().flush();
    }
    ChannelPromise promise = closing;
    context().close(promise != null ? promise : context().newPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext from, Object message) {
    if (!ending) {
      from.fireChannelRead(message);
      return;
    }
    lingerBytes -= message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
    ReferenceCountUtil.release(message);
    if (lingerBytes < 0) {
      abort();
    }
  }

  /// No more is asked of the socket while a request behind another waits.
  @Override
  public void read(ChannelHandlerContext from) {
    if (!waiting || ending) {
      from.read();
    }
  }

  /// Closing a socket that holds unread bytes resets the connection, and a reset may overtake the
  /// answer. So an ending connection first says that it is done, and reads for a moment longer,
  /// unless it has read all.
  @Override
  public void close(ChannelHandlerContext from, ChannelPromise promise) {
    if (departing) {
      from.flush();
    }
    if (!ending || inputEnded || !from.channel().isActive()) {
      from.close(promise);
      return;
    }
    if (closing != null) {
      from.channel().closeFuture().addListener(_ -> promise.trySuccess());
      return;
    }
    closing = promise;
    turn(Turn.END, LINGER_TICKS);
    from.flush();
    if (from.channel() instanceof DuplexChannel plain
        && from.pipeline().get(SslHandler.class) == null) {
      plain.shutdownOutput();
    }
    from.channel().config().setAutoRead(true);
    from.read();
  }

  @Override
  public void flush(ChannelHandlerContext from) {
    if (!departing) {
      departing = true;
      loop.departures.add(departure, from.executor());
    }
  }

  private void depart() {
    departing = false;
    context().flush();
    closeIfAllIsSaid();
  }

  /// The client has ended its side. What it asked before that is answered still: a request and the
  /// end may come in one look.
  @Override
  public void userEventTriggered(ChannelHandlerContext from, Object event) {
    if (!(event instanceof ChannelInputShutdownEvent)) {
      from.fireUserEventTriggered(event);
      return;
    }
    inputEnded = true;
    if (closing != null || turn == Turn.BODY) {
      abort();
    } else {
      closeIfAllIsSaid();
    }
  }

  private void closeIfAllIsSaid() {
    if (inputEnded && !ending && !busy && !waiting) {
      ending = true;
      turn(Turn.WRITE, edge.limits.writeTicks());
      context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> abort());
    }
  }

  /// A reset is an end like any other: to Vert.x it is one too, and to the log it is nothing.
  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
    if (cause instanceof IOException) {
      abort();
    } else {
      from.fireExceptionCaught(cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext from) {
    ChannelPromise promise = closing;
    if (promise != null) {
      from.close(promise);
    }
    from.fireChannelInactive();
  }

  EventLoop eventLoop() {
    return context().channel().eventLoop();
  }

  /// Closes the connection by way of all its handlers.
  void close() {
    context().channel().close();
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext mine = context;
    if (mine == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return mine;
  }
}
