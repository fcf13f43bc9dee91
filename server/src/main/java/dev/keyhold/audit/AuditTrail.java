package dev.keyhold.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/// Everything recorded, of database and segments, in the order of time. Reads beside running
/// servers.
public final class AuditTrail {
  private static final int PAGE = 1000;

  private final Optional<AuditRecords> committed;
  private final List<Path> folders;

  /// @param committed absent when there is no database
  /// @param folders the audit folders of one server or of several
  public AuditTrail(Optional<AuditRecords> committed, List<Path> folders) {
    this.committed = committed;
    this.folders = List.copyOf(folders);
  }

  /// Whose audit folder this is; empty when nobody has written there.
  public static Optional<String> nodeOf(Path folder) throws IOException {
    Path file = folder.resolve("node");
    return Files.exists(file)
        ? Optional.of(Files.readString(file, StandardCharsets.US_ASCII).strip())
        : Optional.empty();
  }

  /// Takes a record; false ends the reading.
  @FunctionalInterface
  public interface Reader {
    boolean take(Instant at, String record);
  }

  /// Reads what was recorded since `since`.
  ///
  /// @param damage gets what is found of it in the files that are read
  public void read(Instant since, Reader reader, Consumer<AuditDamage> damage) throws IOException {
    read(since, Instant.MAX, reader, damage);
  }

  /// Reads what was recorded since `since` and before `until`. Where a clock was set back, later
  /// segments have earlier records; these follow then.
  public void read(Instant since, Instant until, Reader reader, Consumer<AuditDamage> damage)
      throws IOException {
    var heads =
        new PriorityQueue<Head>(
            Comparator.comparing((Head head) -> head.item().at()).thenComparingInt(Head::order));
    try (var open = new Opened()) {
      for (Path folder : folders) {
        var lines = new Lines(folder, since, damage);
        open.all.add(lines);
        push(heads, lines, open.all.size());
      }
      push(heads, new Rows(since, until), Integer.MAX_VALUE);
      while (!heads.isEmpty()) {
        Head head = heads.remove();
        Item item = head.item();
        boolean wanted = !item.at().isBefore(since) && item.at().isBefore(until);
        if (wanted && !reader.take(item.at(), item.record())) {
          return;
        }
        push(heads, head.source(), head.order());
      }
    }
  }

  private static void push(PriorityQueue<Head> heads, Source source, int order) throws IOException {
    source.next().ifPresent(item -> heads.add(new Head(item, source, order)));
  }

  private record Item(Instant at, String record) {}

  /// Records in the order of time.
  private interface Source {
    Optional<Item> next() throws IOException;
  }

  /// @param order of what has the same time
  private record Head(Item item, Source source, int order) {}

  private static final class Opened implements AutoCloseable {
    private final List<Lines> all = new ArrayList<>();

    @Override
    public void close() throws IOException {
      for (Lines lines : all) {
        lines.close();
      }
    }
  }

  private final class Rows implements Source {
    private final Deque<AuditRecords.Committed> page = new ArrayDeque<>();
    private final Instant until;
    private Instant at;
    private String id = "";
    private boolean ended = committed.isEmpty();

    Rows(Instant since, Instant until) {
      this.at = since;
      this.until = until;
    }

    @Override
    public Optional<Item> next() {
      if (page.isEmpty() && !ended) {
        page.addAll(committed.orElseThrow().after(at, id, PAGE));
        ended = page.size() < PAGE;
      }
      AuditRecords.Committed row = page.poll();
      if (row == null || !row.at().isBefore(until)) {
        ended = true;
        page.clear();
        return Optional.empty();
      }
      at = row.at();
      id = row.id();
      return Optional.of(new Item(row.at(), row.record()));
    }
  }

  private static final class Lines implements Source, AutoCloseable {
    private final Consumer<AuditDamage> damage;
    private final Deque<Path> files;
    private Path file;
    private Optional<SegmentLines> lines = Optional.empty();
    private long number;

    Lines(Path folder, Instant since, Consumer<AuditDamage> damage) throws IOException {
      this.damage = damage;
      this.file = folder;
      this.files = new ArrayDeque<>(Segments.files(folder));
      skipBefore(since);
    }

    /// A segment that ends before `since` has nothing of interest. Its successor may begin before
    /// it ends: the clock may have been set back in between.
    private void skipBefore(Instant since) throws IOException {
      while (files.size() > 1 && endsBefore(files.getFirst(), since)) {
        files.remove();
      }
    }

    private static boolean endsBefore(Path file, Instant since) throws IOException {
      try (var tail = SegmentLines.atTheEndOf(file)) {
        Optional<Instant> last = Optional.empty();
        for (Optional<SegmentLines.Line> line = tail.next(); line.isPresent(); line = tail.next()) {
          last = line.get().text().flatMap(RecordText::timeOf);
        }
        return last.filter(time -> time.isBefore(since)).isPresent();
      }
    }

    @Override
    public Optional<Item> next() throws IOException {
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
          // The last one may be in the middle of being written.
          if (lines.get().isUnfinished() && !files.isEmpty()) {
            damage.accept(new AuditDamage.Line(file, number + 1));
            number++;
          }
          close();
          compareWithNext();
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
        damage.accept(new AuditDamage.Line(file, number));
      }
    }

    /// The next file is called by the number of its first record, so this one's are known to be
    /// whole, or not. The last one's are not.
    private void compareWithNext() {
      if (files.isEmpty()) {
        return;
      }
      Path next = files.element();
      long missing = Segments.firstRecord(next) - Segments.firstRecord(file) - number;
      if (missing > 0) {
        damage.accept(new AuditDamage.Missing(missing, next));
      } else if (missing < 0) {
        damage.accept(new AuditDamage.Surplus(-missing, next));
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
