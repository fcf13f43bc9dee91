package dev.keyhold.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/// Where segments are written: the real disk, or in tests one that fails.
interface Disk {
  /// The real one, for one log: of the files that [#openAhead] opens, one is written at a time.
  static Disk real() {
    return new RealDisk();
  }

  /// Opens a file to write, made if it is missing.
  OpenFile open(Path file) throws IOException;

  /// Opens a file of zeros, to be written from its beginning on. Where the disk can do that, writes
  /// are durable when they return; elsewhere [OpenFile#force] makes them so, as always.
  OpenFile openAhead(Path file) throws IOException;

  /// Makes the names in `folder` durable.
  void syncFolder(Path folder) throws IOException;

  /// A file that is written from its begin to its end.
  interface OpenFile extends AutoCloseable {
    long size() throws IOException;

    /// Writes all of `bytes`.
    void write(ByteBuffer bytes, long position) throws IOException;

    void force() throws IOException;

    void truncate(long size) throws IOException;

    /// The block that `size` ends in, with zeros behind it, where a write that failed may have
    /// taken from the disk what an earlier one had brought there. Reads nothing.
    ///
    /// @param size up to where the file is to be as it was
    default Optional<Block> blockEndingAt(long size) {
      return Optional.empty();
    }

    @Override
    void close() throws IOException;
  }

  /// A whole block of a file.
  ///
  /// @param begin where in the file it begins
  record Block(long begin, ByteBuffer bytes) {}

  /// Files for their owner's eyes only.
  final class RealDisk implements Disk {
    private final DirectFile.Blocks blocks = new DirectFile.Blocks();

    private RealDisk() {}

    @Override
    public OpenFile open(Path file) throws IOException {
      return new RealFile(
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
    }

    @Override
    public OpenFile openAhead(Path file) throws IOException {
      Optional<DirectFile> direct = DirectFile.open(file, blocks);
      return direct.isPresent() ? direct.get() : open(file);
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /// A file of the real disk.
  record RealFile(FileChannel channel) implements OpenFile {
    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      for (long at = position; bytes.hasRemaining(); ) {
        at += channel.write(bytes, at);
      }
    }

    @Override
    public void force() throws IOException {
      channel.force(false); // the length is forced with the data, times are of no use
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
