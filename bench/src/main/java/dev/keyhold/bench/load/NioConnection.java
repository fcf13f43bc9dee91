package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/// One connection of the [NioGenerator]: sends its request, reads the answer, begins again. It
/// understands answers that give their `Content-Length`, in at most 16 KiB.
final class NioConnection implements AutoCloseable {
  private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);
  private static final int STATUS_OFFSET = "HTTP/1.1 ".length();

  private final SocketChannel channel;
  private final SelectionKey key;
  private final ByteBuffer request;
  private final ByteBuffer answer = ByteBuffer.allocate(16 * 1024);
  private final Tally tally;
  private long sentAt;

  NioConnection(SocketChannel channel, SelectionKey key, byte[] request, Tally tally) {
    this.channel = channel;
    this.key = key;
    this.tally = tally;
    this.request = ByteBuffer.allocateDirect(request.length).put(request);
    key.attach(this);
  }

  void send(long now) throws IOException {
    sentAt = now;
    request.rewind();
    write();
  }

  private void write() throws IOException {
    channel.write(request);
    key.interestOps(request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }

  /// Called when the channel can be read, or written if that is what was missing.
  void advance() {
    try {
      if (request.hasRemaining()) {
        write();
      } else if (channel.read(answer) < 0) {
        fail();
      } else if (isComplete()) {
        finish();
      } else if (!answer.hasRemaining()) {
        fail();
      }
    } catch (IOException _) {
      fail();
    }
  }

  private void finish() throws IOException {
    long now = System.nanoTime();
    tally.answered(now - sentAt, answer.get(STATUS_OFFSET) == '2');
    answer.clear();
    send(now);
  }

  private boolean isComplete() {
    int head = headLength();
    return head > 0 && answer.position() >= head + contentLength(head);
  }

  /// @return 0 while the head is incomplete
  private int headLength() {
    for (int i = 3; i < answer.position(); i++) {
      if (answer.get(i) == '\n' && answer.get(i - 1) == '\r' && answer.get(i - 2) == '\n') {
        return i + 1;
      }
    }
    return 0;
  }

  private int contentLength(int head) {
    for (int line = 0; line < head - LENGTH.length; line++) {
      if (answer.get(line) == '\n' && isLengthAt(line + 1)) {
        int value = 0;
        for (int at = line + 1 + LENGTH.length; answer.get(at) != '\r'; at++) {
          byte digit = answer.get(at);
          if (digit != ' ') {
            value = 10 * value + (digit - '0');
          }
        }
        return value;
      }
    }
    return 0;
  }

  private boolean isLengthAt(int at) {
    for (int i = 0; i < LENGTH.length; i++) {
      byte c = answer.get(at + i);
      if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != LENGTH[i]) {
        return false;
      }
    }
    return true;
  }

  private void fail() {
    tally.broke();
    key.cancel();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
