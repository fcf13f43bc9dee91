package dev.keyhold.backup;

import dev.keyhold.crypto.KeyMaterial;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/// Seals what is written to it. Only [#finish] makes it whole; [#close] alone leaves a backup that
/// nothing opens.
final class SealedOutput extends OutputStream {
  private final OutputStream out;
  private final Chunks chunks;
  private final byte[] buffer = new byte[Chunks.MOST];
  private int filled;

  /// Writes the header. `out` stays the caller's, `key` does not.
  SealedOutput(OutputStream out, BackupHeader header, KeyMaterial key) throws IOException {
    this.out = out;
    this.chunks = new Chunks(header, key);
    out.write(header.bytes());
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (filled == buffer.length) { // not earlier: the last chunk must know that it is
        emit(false);
      }
      int part = Math.min(length - done, buffer.length - filled);
      System.arraycopy(bytes, offset + done, buffer, filled, part);
      filled += part;
      done += part;
    }
  }

  void finish() throws IOException {
    emit(true);
    out.flush();
  }

  private void emit(boolean last) throws IOException {
    out.write(chunks.seal(buffer, filled, last));
    filled = 0;
  }

  @Override
  public void close() {
    Arrays.fill(buffer, (byte) 0);
    chunks.close();
  }
}
