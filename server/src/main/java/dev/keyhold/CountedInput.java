package dev.keyhold;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/// Tells how much has been read, and that it was all.
final class CountedInput extends FilterInputStream {
  private final LongConsumer progress;
  private final Runnable end;
  private long bytes;

  CountedInput(InputStream in, LongConsumer progress, Runnable end) {
    super(in);
    this.progress = progress;
    this.end = end;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    count(value < 0 ? -1 : 1);
    return value;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int read = super.read(into, offset, length);
    count(read);
    return read;
  }

  private void count(int more) {
    if (more < 0) {
      end.run();
    } else if (more > 0) {
      bytes += more;
      progress.accept(bytes);
    }
  }
}
