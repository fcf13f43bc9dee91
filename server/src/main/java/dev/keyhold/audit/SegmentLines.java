package dev.keyhold.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Reads the lines of a segment, one after the other, perhaps while it is written. A line without
/// an end is none, nor are the zeros up to the end of the file, where no line has been written yet.
/// Zeros with something behind them are a hole, and count as a line that is damaged: as one with
/// what is left of the lines around them.
final class SegmentLines implements AutoCloseable {
  /// No record is nearly as long.
  private static final int LONGEST = 64 * 1024;

  private static final Duration JUST_NOW = Duration.ofSeconds(2);

  /// Longer than a sound disk takes for one.
  private static final Duration WRITE = Duration.ofMillis(50);

  private final Path file;
  private final SeekableByteChannel in;
  private final byte[] buffer = new byte[LONGEST];
  private int from;
  private int filled;
  private long bytes; // in the file before `from`
  private boolean unfinished;

  SegmentLines(Path file) throws IOException {
    this.file = file;
    in = Files.newByteChannel(file);
  }

  /// The last lines of a file. The first of them may be the rest of one, and so seem damaged.
  static SegmentLines atTheEndOf(Path file) throws IOException {
    var lines = new SegmentLines(file);
    lines.goTo(Math.max(0, lines.in.size() - LONGEST));
    return lines;
  }

  /// The record of a line.
  ///
  /// @param text empty when the line is damaged
  record Line(Optional<String> text) {}

  /// @return empty at the end
  Optional<Line> next() throws IOException {
    long begin = bytes;
    Optional<Line> line = read();
    if (line.isPresent() && line.get().text().isEmpty()) {
      // What looks damaged may have been written just now, behind what was read before. Past the
      // cache that takes as long as the disk does, and a page may have been read meanwhile.
      if (isBeingWritten()) {
        pause();
      }
      goTo(begin);
      line = read();
    }
    return line;
  }

  private boolean isBeingWritten() throws IOException {
    return Files.getLastModifiedTime(file).toInstant().isAfter(Instant.now().minus(JUST_NOW));
  }

  private static void pause() {
    try {
      Thread.sleep(WRITE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Line> read() throws IOException {
    boolean damaged = false;
    boolean begun = false; // something that is not zero was dropped
    int at = from;
    while (true) {
      if (at == filled) {
        if (filled - from == LONGEST) {
          drop(filled);
          damaged = true;
          begun = true;
        }
        int kept = filled - from;
        if (!fill()) {
          unfinished = begun || kept > 0;
          return Optional.empty();
        }
        at = from + kept;
      }
      byte next = buffer[at++];
      if (next == 0) {
        begun |= at - 1 > from;
        damaged = true;
        drop(at);
      } else if (next == '\n') {
        Optional<String> record = RecordText.record(buffer, from, at - 1);
        if (!damaged || record.isEmpty()) {
          drop(at);
          return Optional.of(new Line(record));
        }
        return Optional.of(new Line(Optional.empty())); // the next line begins behind the damage
      }
    }
  }

  private void drop(int until) {
    bytes += until - from;
    from = until;
  }

  private void goTo(long position) throws IOException {
    in.position(position);
    bytes = position;
    from = 0;
    filled = 0;
  }

  /// Moves the unfinished line to the begin of the buffer and reads on after it.
  private boolean fill() throws IOException {
    int kept = filled - from;
    System.arraycopy(buffer, from, buffer, 0, kept);
    from = 0;
    filled = kept;
    int read = in.read(ByteBuffer.wrap(buffer, kept, buffer.length - kept));
    filled += Math.max(read, 0);
    return read > 0;
  }

  /// How many bytes the lines up to here have, and holes between them.
  long bytes() {
    return bytes;
  }

  /// At the end: whether there is a part of a line before it.
  boolean isUnfinished() {
    return unfinished;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
