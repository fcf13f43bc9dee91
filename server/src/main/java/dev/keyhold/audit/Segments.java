package dev.keyhold.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The segment files of an audit folder, written at the end of the last, or where it has zeros
/// only. Each is called by the number of its first record, in 20 digits. The records of each are in
/// the order of their times, as far as the caller's are. Used by one thread.
final class Segments implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Segments.class);
  private static final Pattern NAME = Pattern.compile("[0-9]{20}\\.log");

  private final Path folder;
  private final Disk disk;
  private final AuditSync sync;
  private final long mostBytes;
  private final SpareSegment spare;
  private boolean writtenAhead;
  private Disk.@Nullable OpenFile file;
  private @Nullable Path name; // of the last one begun or opened
  private @Nullable Object key; // of that file, whatever its name leads to later
  private long records;
  private long fileBytes;

  // Up to where what was written has been kept; what is beyond belongs to nobody yet.
  private long keptRecords;
  private long keptBytes;
  private Optional<Disk.Block> keptBlock = Optional.empty(); // to be written again

  /// @param sync when [#keep] forces
  /// @param mostBytes a segment that has as many is followed by another
  Segments(Path folder, Disk disk, AuditSync sync, long mostBytes) {
    this.folder = folder;
    this.disk = disk;
    this.sync = sync;
    this.mostBytes = mostBytes;
    this.spare = new SpareSegment(folder, disk, mostBytes);
  }

  /// The files of a folder, oldest first.
  static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }

  static long firstRecord(Path file) {
    return Long.parseLong(file.getFileName().toString().substring(0, 20));
  }

  /// Goes to the end of the last segment. What is there of a record that was being written when a
  /// kill or a power cut came is cut off: nobody was told of it. Where the last record is of a
  /// later time than `now`, another segment is begun.
  ///
  /// @return the time of the last record in the segment that is gone on with
  Optional<Instant> open(Instant now) throws IOException {
    List<Path> files = files(folder);
    if (files.isEmpty()) {
      records = 0;
      begin();
      return Optional.empty();
    }
    Path last = files.getLast();
    SegmentEnd end = SegmentEnd.of(last);
    Disk.OpenFile opened = disk.open(last);
    file = opened;
    name = last;
    key = keyOf(last);
    long rest = opened.size() - end.bytes();
    if (rest > 0) {
      LOG.info("cut off {} bytes after the last whole record of {}", rest, last);
      opened.truncate(end.bytes());
    }
    writtenAhead = false;
    opened.force();
    disk.syncFolder(folder);
    fileBytes = end.bytes();
    records = firstRecord(last) + end.records();
    kept();
    if (end.time().filter(now::isBefore).isPresent()) {
      beginAnother();
      return Optional.empty();
    }
    return end.time();
  }

  /// Goes on after [#undo], in another segment: after a failed force nobody knows which of the
  /// bytes that can be read from a file are on the disk, so none may be written behind them. Nor is
  /// it known whether the block that was being written still has what was kept there: it is written
  /// again, whole, for a block that can't be read any more can't be written in part.
  void recover() throws IOException {
    closeFile();
    Path broken = name;
    if (broken != null && !Files.notExists(broken)) { // a sick disk may not even know that
      if (!isOurs(broken)) {
        if (keptBytes == 0) {
          throw new IOException(broken + " is in the way of the next segment");
        }
      } else if (keptBytes == 0) {
        Files.delete(broken); // the next one has its name
      } else {
        try (Disk.OpenFile rest = disk.open(broken)) {
          if (keptBlock.isPresent()) {
            rest.write(keptBlock.get().bytes().duplicate(), keptBlock.get().begin());
          }
          rest.truncate(keptBytes);
          rest.force();
        }
      }
    }
    begin();
  }

  private void begin() throws IOException {
    Path next = folder.resolve(String.format(Locale.ROOT, "%020d.log", records));
    writtenAhead = spare.moveTo(next);
    file = writtenAhead && sync != AuditSync.OS ? disk.openAhead(next) : disk.open(next);
    name = next; // from here on it is this one that is undone
    key = null;
    fileBytes = 0;
    kept();
    key = keyOf(next);
    disk.syncFolder(folder);
  }

  private void kept() {
    keptRecords = records;
    keptBytes = fileBytes;
    keptBlock = Optional.empty();
  }

  /// @throws IOException when the segment was removed, moved or replaced: what is written to it
  ///   would be gone
  void requireInPlace() throws IOException {
    Path begun = name;
    Object known = key;
    if (begun == null || known == null) {
      return;
    }
    try {
      if (known.equals(keyOf(begun))) {
        return;
      }
    } catch (NoSuchFileException _) {
      // as below
    }
    throw new IOException(begun + " was removed, moved or replaced");
  }

  /// Whether it is the segment, and not what somebody has put in its place.
  private boolean isOurs(Path file) throws IOException {
    Object known = key;
    return known == null || known.equals(keyOf(file));
  }

  private static @Nullable Object keyOf(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /// Begins another segment if this one is full. Nothing may be pending.
  void roll() throws IOException {
    if (fileBytes > (writtenAhead ? mostBytes / 2 : mostBytes / 16)) {
      spare.prepare();
    }
    if (fileBytes >= mostBytes || (!writtenAhead && spare.isReady())) {
      beginAnother();
    }
  }

  /// Begins another segment. Nothing may be pending.
  void beginAnother() throws IOException {
    Disk.OpenFile full = open(file);
    if (fileBytes == 0) {
      return; // it would have the same name
    }
    full.truncate(fileBytes);
    full.force();
    file = null;
    full.close();
    begin();
  }

  /// Writes lines, to be kept or undone.
  void write(byte[] lines, int length, int count) throws IOException {
    open(file).write(ByteBuffer.wrap(lines, 0, length), fileBytes);
    fileBytes += length;
    records += count;
  }

  /// Keeps what was written, forced to the disk first if it is to be.
  void keep() throws IOException {
    if (sync != AuditSync.OS) {
      open(file).force();
    }
    kept();
  }

  /// Takes back what was not kept, as far as the disk allows: until [#recover] nothing else may be
  /// done here.
  void undo() {
    Disk.OpenFile broken = file;
    records = keptRecords;
    fileBytes = keptBytes;
    if (broken != null) {
      keptBlock = broken.blockEndingAt(keptBytes);
      try {
        broken.truncate(keptBytes);
      } catch (IOException e) {
        LOG.debug(
            "an audit segment could not be cut back; it is before anything else is written", e);
      }
    }
    try {
      closeFile();
    } catch (IOException e) {
      LOG.debug("an audit segment could not be closed", e);
    }
  }

  long records() {
    return records;
  }

  private static Disk.OpenFile open(Disk.@Nullable OpenFile file) throws IOException {
    if (file == null) {
      throw new IOException("no segment is open");
    }
    return file;
  }

  /// Cuts off what was written ahead.
  @Override
  public void close() throws IOException {
    Disk.OpenFile last = file;
    if (last != null && writtenAhead) {
      last.truncate(fileBytes);
    }
    closeFile();
    try {
      spare.close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeFile() throws IOException {
    Disk.OpenFile open = file;
    file = null;
    if (open != null) {
      open.close();
    }
  }
}
