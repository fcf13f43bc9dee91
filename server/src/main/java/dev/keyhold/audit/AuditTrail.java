package dev.keyhold.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/// Everything recorded, of database and segments, in the order of time. Reads beside a running
/// server.
public final class AuditTrail {
  private static final int PAGE = 1000;

  private final Optional<AuditRecords> committed;
  private final Path folder;

  /// @param committed absent when there is no database
  public AuditTrail(Optional<AuditRecords> committed, Path folder) {
    this.committed = committed;
    this.folder = folder;
  }

  /// Takes a record; false ends the reading.
  @FunctionalInterface
  public interface Reader {
    boolean take(Instant at, String record);
  }

  /// Reads what was recorded since `since`.
  ///
  /// @param damaged gets the file and the line's number, from 1, of what is no record any more
  public void read(Instant since, Reader reader, BiConsumer<Path, Long> damaged)
      throws IOException {
    var rows = new Rows(since);
    try (var lines = new Lines(since, damaged)) {
      Optional<Item> row = rows.next();
      Optional<Item> line = lines.next();
      while (row.isPresent() || line.isPresent()) {
        boolean rowFirst =
            line.isEmpty() || (row.isPresent() && row.get().at().isBefore(line.get().at()));
        Item item = (rowFirst ? row : line).orElseThrow();
        if (!item.at().isBefore(since) && !reader.take(item.at(), item.record())) {
          return;
        }
        if (rowFirst) {
          row = rows.next();
        } else {
          line = lines.next();
        }
      }
    }
  }

  private record Item(Instant at, String record) {}

  private final class Rows {
    private final Deque<AuditRecords.Committed> page = new ArrayDeque<>();
    private Instant at;
    private String id = "";
    private boolean ended = committed.isEmpty();

    Rows(Instant since) {
      this.at = since;
    }

    Optional<Item> next() {
      if (page.isEmpty() && !ended) {
        page.addAll(committed.orElseThrow().after(at, id, PAGE));
        ended = page.size() < PAGE;
      }
      AuditRecords.Committed row = page.poll();
      if (row == null) {
        return Optional.empty();
      }
      at = row.at();
      id = row.id();
      return Optional.of(new Item(row.at(), row.record()));
    }
  }

  private final class Lines implements AutoCloseable {
    private final BiConsumer<Path, Long> damaged;
    private final Deque<Path> files;
    private Path file = folder;
    private Optional<SegmentLines> lines = Optional.empty();
    private long number;

    Lines(Instant since, BiConsumer<Path, Long> damaged) throws IOException {
      this.damaged = damaged;
      this.files = new ArrayDeque<>(Segments.files(folder));
      skipBefore(since);
    }

    /// A segment whose successor begins before `since` has nothing of interest.
    private void skipBefore(Instant since) throws IOException {
      List<Path> all = List.copyOf(files);
      for (int i = 0; i + 1 < all.size(); i++) {
        try (var next = new SegmentLines(all.get(i + 1))) {
          Optional<Instant> begin =
              next.next().flatMap(SegmentLines.Line::text).flatMap(RecordText::timeOf);
          if (begin.filter(time -> time.isBefore(since)).isEmpty()) {
            return;
          }
        }
        files.remove();
      }
    }

    Optional<Item> next() throws IOException {
      while (true) {
        if (lines.isEmpty()) {
          if (files.isEmpty()) {
            return Optional.empty();
          }
          file = files.remove();
          number = 0;
          lines = Optional.of(new SegmentLines(file));
        }
        Optional<SegmentLines.Line> line = lines.get().next();
        if (line.isEmpty()) {
          close();
          continue;
        }
        number++;
        Optional<Item> item =
            line.get()
                .text()
                .flatMap(text -> RecordText.timeOf(text).map(at -> new Item(at, text)));
        if (item.isPresent()) {
          return item;
        }
        damaged.accept(file, number);
      }
    }

    @Override
    public void close() throws IOException {
      if (lines.isPresent()) {
        lines.get().close();
        lines = Optional.empty();
      }
    }
  }
}
