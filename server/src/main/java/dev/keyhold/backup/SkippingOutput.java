package dev.keyhold.backup;

import java.io.IOException;
import java.io.OutputStream;

/// Leaves out the first bytes of a stream: what the receiver has already.
public final class SkippingOutput extends OutputStream {
  private final OutputStream out;
  private long left;

  public SkippingOutput(OutputStream out, long skipped) {
    this.out = out;
    this.left = skipped;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int skipped = (int) Math.min(left, length);
    left -= skipped;
    out.write(bytes, offset + skipped, length - skipped);
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  /// @throws BackupException when the stream was shorter than what was to be skipped
  public void finish() throws IOException {
    if (left > 0) {
      throw new BackupException("The backup is " + left + " bytes shorter than --from-byte says.");
    }
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
