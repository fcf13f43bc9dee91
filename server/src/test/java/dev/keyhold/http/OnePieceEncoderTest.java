package dev.keyhold.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnePieceEncoderTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 129, 160, 200, 240, 300, 400, 1024, 3900, 4000})
  void aSmallAnswerIsOnePieceAndTheSameBytes(int bodyBytes) {
    List<byte[]> pieces = written(new OnePieceEncoder(), response(bodyBytes));
    assertThat(pieces).hasSize(1);
    assertThat(joined(pieces)).isEqualTo(joined(written(plain(), response(bodyBytes))));
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 70_000})
  void theBodyOfALargeOneIsNotCopied(int bodyBytes) {
    List<byte[]> pieces = written(new OnePieceEncoder(), response(bodyBytes));
    assertThat(pieces).hasSize(2);
    assertThat(joined(pieces)).isEqualTo(joined(written(plain(), response(bodyBytes))));
  }

  @Test
  void anAnswerInPartsIsWrittenAsItComes() {
    var channel = new EmbeddedChannel(new OnePieceEncoder());
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
    assertThat(channel.writeOutbound(response)).isTrue();
    channel.writeOutbound(LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(new String(joined(drain(channel)), US_ASCII))
        .isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  }

  @Test
  void theHeadersOfVertxAreWrittenToo() {
    var headers = HeadersMultiMap.httpHeaders();
    headers.set("x-request-id", "abc");
    headers.set("content-length", "2");
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.OK,
            Unpooled.copiedBuffer(new byte[] {'o', 'k'}),
            headers,
            HeadersMultiMap.httpHeaders());
    String text = new String(joined(written(new OnePieceEncoder(), response)), US_ASCII);
    assertThat(text)
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("\r\nx-request-id: abc\r\n", "\r\ncontent-length: 2\r\n")
        .endsWith("\r\n\r\nok");
  }

  private static ChannelHandler plain() {
    return new HttpResponseEncoder();
  }

  private static FullHttpResponse response(int bodyBytes) {
    byte[] body = new byte[bodyBytes];
    for (int i = 0; i < bodyBytes; i++) {
      body[i] = (byte) ('a' + i % 26);
    }
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(body));
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, bodyBytes);
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    return response;
  }

  /// What comes out, after which nothing of the answer is left allocated.
  private static List<byte[]> written(ChannelHandler encoder, FullHttpResponse response) {
    boolean empty = !response.content().isReadable();
    var channel = new EmbeddedChannel(encoder);
    channel.writeOutbound(response);
    List<byte[]> pieces = drain(channel);
    assertThat(empty || response.refCnt() == 0).isTrue();
    return pieces;
  }

  private static List<byte[]> drain(EmbeddedChannel channel) {
    List<byte[]> pieces = new ArrayList<>();
    ByteBuf piece = channel.readOutbound();
    while (piece != null) {
      if (piece.isReadable()) { // an empty one is nobody's
        pieces.add(ByteBufUtil.getBytes(piece));
        piece.release();
        assertThat(piece.refCnt()).isZero();
      }
      piece = channel.readOutbound();
    }
    channel.finishAndReleaseAll();
    return pieces;
  }

  private static byte[] joined(List<byte[]> pieces) {
    var all = new ByteArrayOutputStream();
    pieces.forEach(all::writeBytes);
    return all.toByteArray();
  }
}
