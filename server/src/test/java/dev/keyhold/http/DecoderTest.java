package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpServerOptions;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What the decoder keeps of what it has read.
class DecoderTest {
  /// Each would be an object on the heap, for somebody who has not authenticated.
  @Test
  void nothingIsKeptOfTrailers() {
    var edge = TestEdge.unserved(Limits.standard());
    var guard = new ConnectionGuard(edge, new EdgeLoop(edge), new HttpServerOptions());
    var channel = new EmbeddedChannel(guard, guard.decoder());
    String head = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    String request = head + "0\r\n" + "a:\r\nb: c\r\n d\r\n".repeat(300) + "\r\n";
    channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
    assertThat(channel.<Object>readInbound()).isInstanceOf(HttpRequest.class);
    LastHttpContent end = channel.readInbound();
    assertThat(end.decoderResult().isSuccess()).isTrue();
    assertThat(end.trailingHeaders()).isEmpty();
    channel.finishAndReleaseAll();
  }

  @Test
  void idleConnectionKeepsNoBufferForALongLine() {
    var edge = TestEdge.unserved(Limits.standard().withUnfinished(100_000));
    var loop = new EdgeLoop(edge);
    var guard = new ConnectionGuard(edge, loop, new HttpServerOptions());
    StrictRequestDecoder first = guard.decoder();
    var channel = new EmbeddedChannel(guard, first);
    String head = "GET /x HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n";
    for (int length : new int[] {6000, 20}) {
      String request = head.formatted("x".repeat(length));
      channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
      assertThat(channel.<Object>readInbound()).isInstanceOf(HttpRequest.class);
      assertThat(channel.<Object>readInbound()).isInstanceOf(LastHttpContent.class);
      assertThat(loop.hold(90_000)).isEqualTo(length == 20);
      guard.answered();
      loop.tick();
    }
    assertThat(guard.decoder()).isNotSameAs(first);
    assertThat(loop.hold(90_000)).isFalse(); // the same
    loop.giveBack(90_000);
    channel.finishAndReleaseAll();
    assertThat(loop.hold(100_000)).isTrue();
  }
}
