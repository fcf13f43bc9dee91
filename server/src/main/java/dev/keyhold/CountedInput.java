package dev.keyhold;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/// Tells how much has been read.
final class CountedInput extends FilterInputStream {
  private final LongConsumer progress;
  private long bytes;

  CountedInput(InputStream in, LongConsumer progress) {
    super(in);
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    count(value < 0 ? 0 : 1);
    return value;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int read = super.read(into, offset, length);
    count(read);
    return read;
  }

  private void count(int more) {
    if (more > 0) {
      bytes += more;
      progress.accept(bytes);
    }
  }
}
