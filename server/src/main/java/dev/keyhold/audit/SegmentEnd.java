package dev.keyhold.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where the last whole record of a segment ends. Damage before it is left as it is, for it may be
/// of records that were acknowledged, and counts as lines.
///
/// @param records lines up to there
/// @param bytes of them
record SegmentEnd(long records, long bytes) {
  static SegmentEnd of(Path file) throws IOException {
    var end = new SegmentEnd(0, 0);
    try (var lines = new SegmentLines(file)) {
      long count = 0;
      for (Optional<SegmentLines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
        count++;
        if (line.get().text().isPresent()) {
          end = new SegmentEnd(count, lines.bytes());
        }
      }
    }
    return end;
  }
}
