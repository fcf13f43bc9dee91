package dev.keyhold.http;

import dev.keyhold.http.HeadRules.BadHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpConstants;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The request decoder of Vert.x, made to refuse what it would mend or take for something else:
/// folded header lines, white space around the parts of a request line, two lengths, and all that
/// [HeadRules] names. A refused head is an invalid message to Vert.x, after which nothing more is
/// read from the connection.
///
/// Netty calls `decode` once for the rest of a head and again for each piece of a body, which is
/// how this class knows which bytes belong to a head.
final class StrictRequestDecoder extends VertxHttpRequestDecoder {
  /// What the decoder makes of a header line takes this much beside its bytes.
  private static final int PARSED_LINE_BYTES = 128;

  /// A line that is no longer leaves a buffer that a connection may well have.
  private static final int SHORT_LINE_BYTES = 1024;

  private final ConnectionGuard guard;
  private final int headerBytes;

  private boolean inHead = true;
  private boolean sawRequestLine;
  private int seen; // bytes of the head that were looked at but not yet consumed by the decoder
  private int lineLength; // of the line that they end in
  private int longest; // line until now
  private byte lineBegin; // its first byte
  private @Nullable RuntimeException fault;
  private int wordEnd; // within the request line

  StrictRequestDecoder(HttpServerOptions options, Limits limits, ConnectionGuard guard) {
    super(options);
    this.guard = guard;
    this.headerBytes = limits.headerBytes();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    if (guard.isEnding() || !take(in)) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (inHead && guard.isBusy()) {
      return;
    }
    boolean wasInHead = inHead;
    int before = in.readableBytes();
    int content = decodeAndNotice(context, in, out);
    int rest = in.readableBytes();
    longest = Math.max(longest, wasInHead ? 0 : before - rest - content);
    if (inHead) {
      seen = out.isEmpty() ? rest : 0;
    }
    if ((!inHead && rest == before && !guard.keeps(rest)) // it is the begin of a line
        || (longest > SHORT_LINE_BYTES && !guard.buffers(longest))) {
      in.skipBytes(rest);
    }
  }

  /// @return false when there is no room for what has come
  private boolean take(ByteBuf in) {
    if (!inHead) {
      return guard.keeps(0);
    }
    if (guard.isBusy()) {
      return guard.waits(in.readableBytes());
    }
    int more = look(in);
    // Blank lines before a head are ignored (RFC 9112, section 2.2): they begin nothing.
    boolean begun = sawRequestLine || lineLength > 0;
    return guard.keeps(0) && (!begun || guard.headArrives(more));
  }

  /// @return how many bytes of a body there are in `out`
  private int decodeAndNotice(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    int before = out.size();
    super.decode(context, in, out);
    int content = 0;
    for (int i = before; i < out.size(); i++) {
      if (out.get(i) instanceof HttpRequest) {
        guard.headIsWhole();
      }
      if (out.get(i) instanceof HttpContent piece) {
        content += piece.content().readableBytes();
      }
      if (out.get(i) instanceof LastHttpContent) {
        inHead = true;
        sawRequestLine = false;
        seen = 0;
        lineLength = 0;
        fault = null;
      } else if (out.get(i) instanceof HttpRequest) {
        inHead = false;
      }
    }
    return content;
  }

  /// Looks at the lines of a head before the decoder joins folded ones.
  ///
  /// @return how many bytes more the head takes
  private int look(ByteBuf in) {
    int begin = in.readerIndex() + seen;
    int end = in.writerIndex();
    int parsed = 0;
    int at = begin;
    while (at < end) {
      if (lineLength == 0) {
        lineBegin = in.getByte(at);
      }
      int feed = in.indexOf(at, end, HttpConstants.LF);
      lineLength += (feed < 0 ? end : feed + 1) - at;
      longest = Math.max(longest, lineLength);
      if (lineLength > headerBytes && sawRequestLine) {
        fault = new TooLongHttpHeaderException("a header line is too long");
      }
      if (feed < 0) {
        break;
      }
      at = feed + 1;
      boolean blank = lineLength == 1 || (lineLength == 2 && lineBegin == HttpConstants.CR);
      if (blank && !sawRequestLine) {
        begin = at; // the decoder drops it
      } else {
        parsed += PARSED_LINE_BYTES;
      }
      if (!blank && lineBegin >= 0 && lineBegin <= ' ') {
        // Before the request line the decoder would skip it, later it would join two lines.
        fault = new BadHead("A line begins with white space.");
      }
      if (blank && sawRequestLine && fault == null) {
        return at - begin + parsed; // what follows is a body or the next head
      }
      sawRequestLine |= !blank;
      lineLength = 0;
    }
    return end - begin + parsed; // of a head with a fault the decoder may see another end
  }

  @Override
  protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
    if (start != 0 || length == 0) {
      throw new BadHead("The request line is malformed.");
    }
    wordEnd = length;
    return super.splitFirstWordInitialLine(line, start, length);
  }

  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    checkWord(line, start, length);
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    checkWord(line, start, length);
    String version = super.splitThirdWordInitialLine(line, start, length);
    if (!version.equals("HTTP/1.1") && !version.equals("HTTP/1.0")) {
      throw new BadHead("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    }
    return version;
  }

  private void checkWord(byte[] line, int start, int length) {
    if (length == 0 || start != wordEnd + 1 || line[wordEnd] != ' ') {
      throw new BadHead("The request line is malformed.");
    }
    wordEnd = start + length;
  }

  @Override
  protected AsciiString splitHeaderName(byte[] line, int start, int length) {
    if (length == 0) {
      throw new BadHead("A header has no name.");
    }
    if (!inHead) {
      return HttpHeaderNames.TRAILER; // such a line of a trailer is not kept: nobody reads trailers
    }
    return super.splitHeaderName(line, start, length);
  }

  /// Called by Netty between the end of a head and the choice of its framing.
  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    if (fault != null) {
      throw fault;
    }
    if (message instanceof HttpRequest request) {
      HeadRules.check(request);
    }
    return super.isContentAlwaysEmpty(message);
  }

  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new BadHead("The length of the body must be given once.");
  }

  @Override
  protected HttpMessage createInvalidMessage() {
    return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/bad-request");
  }
}
