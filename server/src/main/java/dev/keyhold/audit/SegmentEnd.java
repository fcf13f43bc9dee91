package dev.keyhold.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// Where the last whole record of a segment ends. Damage before it is left as it is, for it may be
/// of records that were acknowledged, and counts as lines.
///
/// @param records lines up to there
/// @param bytes of them
/// @param time of the last record
record SegmentEnd(long records, long bytes, Optional<Instant> time) {
  static SegmentEnd of(Path file) throws IOException {
    var end = new SegmentEnd(0, 0, Optional.empty());
    try (var lines = new SegmentLines(file)) {
      long count = 0;
      for (Optional<SegmentLines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
        count++;
        Optional<String> text = line.get().text();
        if (text.isPresent()) {
          end = new SegmentEnd(count, lines.bytes(), text.flatMap(RecordText::timeOf));
        }
      }
    }
    return end;
  }
}
