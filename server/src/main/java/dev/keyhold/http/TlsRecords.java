package dev.keyhold.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/// Follows the records of a TLS connection from its first byte, before they are opened. One that is
/// not whole yet waits where no handler behind sees it.
final class TlsRecords extends ChannelInboundHandlerAdapter {
  private static final int HEADER_BYTES = 5;

  /// TLS 1.2 allows as much beside the plaintext (RFC 5246 §6.2.3), TLS 1.3 less.
  private static final int MOST_BYTES = (1 << 14) + 2048;

  private @Nullable ConnectionGuard guard;
  private int come; // of the record that is on its way, with its header
  private int length; // of what follows its header
  private boolean another; // has begun in the bytes that were looked at last

  /// From here there is somebody to be told.
  void tell(ConnectionGuard it) {
    guard = it;
    it.recordArrives(come, true);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // of a close: there is nothing to do after it
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof ByteBuf bytes) {
      if (!follow(bytes)) {
        bytes.release();
        context.close();
        return;
      }
      ConnectionGuard told = guard;
      if (told != null) {
        told.recordArrives(come, another);
      }
    }
    context.fireChannelRead(message);
  }

  /// @return false when there is no such record
  private boolean follow(ByteBuf bytes) {
    another = false;
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (come < HEADER_BYTES) {
        another |= come == 0;
        length = (length << 8 | bytes.getUnsignedByte(at)) & 0xffff; // its last two bytes
        at++;
        come++;
        if (come == HEADER_BYTES && length > MOST_BYTES) {
          return false;
        }
      } else {
        int more = Math.min(HEADER_BYTES + length - come, end - at);
        at += more;
        come += more;
      }
      if (come >= HEADER_BYTES && come == HEADER_BYTES + length) {
        come = 0;
      }
    }
    return true;
  }
}
