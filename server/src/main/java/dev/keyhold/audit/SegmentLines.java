package dev.keyhold.audit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// Reads the lines of a segment, one after the other. A line without an end is none.
final class SegmentLines implements AutoCloseable {
  private final InputStream in;
  private byte[] buffer = new byte[64 * 1024];
  private int from;
  private int filled;
  private long bytes;

  SegmentLines(Path file) throws IOException {
    in = Files.newInputStream(file);
  }

  /// The record of a line.
  ///
  /// @param text empty when the checksum is wrong
  record Line(Optional<String> text) {}

  /// @return empty at the end
  Optional<Line> next() throws IOException {
    int at = from;
    while (true) {
      for (; at < filled; at++) {
        if (buffer[at] == '\n') {
          var line = new Line(RecordText.record(buffer, from, at));
          bytes += at + 1L - from;
          from = at + 1;
          return Optional.of(line);
        }
      }
      int kept = filled - from;
      if (!fill()) {
        return Optional.empty();
      }
      at = kept;
    }
  }

  /// Moves the unfinished line to the begin of the buffer and reads on after it.
  private boolean fill() throws IOException {
    int kept = filled - from;
    System.arraycopy(buffer, from, buffer, 0, kept);
    from = 0;
    filled = kept;
    if (kept == buffer.length) {
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    int read = in.read(buffer, kept, buffer.length - kept);
    filled += Math.max(read, 0);
    return read > 0;
  }

  /// How many bytes the lines up to here have.
  long bytes() {
    return bytes;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
