package dev.keyhold.backup;

import dev.keyhold.crypto.KeyMaterial;
import java.io.IOException;
import java.io.InputStream;

/// The content of a backup behind its header. Gives out only what is authentic; the end of it is
/// the end of a backup that is whole.
final class SealedInput extends InputStream {
  private final InputStream in;
  private final Chunks chunks;
  private byte[] chunk = {};
  private int taken;
  private boolean ended;

  /// @param in stands behind the header; stays the caller's, `key` does not
  SealedInput(InputStream in, BackupHeader header, KeyMaterial key) {
    this.in = in;
    this.chunks = new Chunks(header, key);
  }

  @Override
  public int read() throws IOException {
    return more() ? chunk[taken++] & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!more()) {
      return -1;
    }
    int part = Math.min(length, chunk.length - taken);
    System.arraycopy(chunk, taken, into, offset, part);
    taken += part;
    return part;
  }

  private boolean more() throws IOException {
    while (taken == chunk.length) {
      if (ended) {
        return false;
      }
      byte[] prefix = exactly(Chunks.PREFIX);
      chunk = chunks.open(prefix, exactly(Chunks.sealedLength(prefix)));
      taken = 0;
      ended = Chunks.isLast(prefix);
      if (ended && in.read() >= 0) {
        throw new BackupException("Something follows the end of the backup: none of it is used.");
      }
    }
    return true;
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new BackupException("The backup is truncated: none of it is used.");
    }
    return bytes;
  }

  @Override
  public void close() {
    chunks.close();
  }
}
