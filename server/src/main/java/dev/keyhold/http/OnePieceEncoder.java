package dev.keyhold.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.util.List;

/// Takes the place of the response encoder of Vert.x, which can't be extended. The head and the
/// body of a small answer become one buffer; two would each have a promise of their own, and the
/// kernel would gather them.
///
/// Unlike that of Vert.x it writes whatever body it is given: [Reply] gives none to the answer to a
/// HEAD request.
final class OnePieceEncoder extends HttpResponseEncoder {
  /// Of head and body together; what is larger is worth more than a copy.
  private static final int MOST_BYTES = 4096;

  @Override
  protected void encode(ChannelHandlerContext context, Object message, List<Object> out)
      throws Exception {
    super.encode(context, message, out);
    if (message instanceof FullHttpResponse
        && out.size() == 2
        && out.get(0) instanceof ByteBuf head
        && out.get(1) instanceof ByteBuf body
        && head.readableBytes() + body.readableBytes() <= MOST_BYTES) {
      out.clear();
      out.add(joined(context, head, body));
    }
  }

  /// @param head made for this answer alone, so that what room is left in it is ours
  private static ByteBuf joined(ChannelHandlerContext context, ByteBuf head, ByteBuf body) {
    try {
      if (body.readableBytes() <= head.maxFastWritableBytes()) {
        head.writeBytes(body);
        return head.retain();
      }
      int size = head.readableBytes() + body.readableBytes();
      return context.alloc().directBuffer(size, size).writeBytes(head).writeBytes(body);
    } finally {
      head.release();
      body.release();
    }
  }

  @Override
  protected void encodeHeaders(HttpHeaders headers, ByteBuf buffer) {
    if (headers instanceof HeadersMultiMap ours) {
      ours.encode(buffer, false);
    } else {
      super.encodeHeaders(headers, buffer);
    }
  }
}
