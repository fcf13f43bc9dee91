package dev.keyhold.audit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Reads the lines of a segment, one after the other. A line without an end is none, nor are the
/// zeros where no line has been written yet.
final class SegmentLines implements AutoCloseable {
  /// No record is nearly as long.
  private static final int LONGEST = 64 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[LONGEST];
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
      if (from < filled && buffer[from] == 0) {
        return Optional.empty();
      }
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
    if (kept == LONGEST) {
      return false;
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
