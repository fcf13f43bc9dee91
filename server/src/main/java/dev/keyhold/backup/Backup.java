package dev.keyhold.backup;

import dev.keyhold.backup.BackupHeader.SealedBy;
import dev.keyhold.error.Outside;
import dev.keyhold.seal.PrivateFiles;
import dev.keyhold.seal.Seal;
import dev.keyhold.store.RowSink;
import dev.keyhold.store.SnapshotFile;
import dev.keyhold.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;

/// One backup at a time, in a folder of its own:
///
///     snapshot.db   the store as it was at one moment
///     header        the first line of the backup; there once the snapshot is complete
///     lock          held by the process that makes the backup
///
/// Both stay until the backup is complete, so that [#write] can give the same bytes again.
public final class Backup implements AutoCloseable {
  private final Path folder;
  private final FileChannel lock;

  private Backup(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /// @throws BackupException when another process is making one there
  public static Backup in(Path folder) {
    try {
      if (!Files.exists(folder)) {
        PrivateFiles.createFolder(folder);
      }
      Path file = folder.resolve("lock");
      if (!Files.exists(file)) {
        PrivateFiles.create(file, new byte[0]);
      }
      FileChannel lock = FileChannel.open(file, StandardOpenOption.WRITE);
      if (lock.tryLock() == null) {
        lock.close();
        throw new BackupException("Another backup is being made, in " + folder + ".");
      }
      return new Backup(folder, lock);
    } catch (IOException e) {
      throw new BackupException(
          "The folder " + folder + " can't be used: " + Outside.words(e) + ".", e);
    }
  }

  /// Whether there is a snapshot whose backup was not completed.
  public boolean isUnfinished() {
    return Files.exists(headerFile());
  }

  /// Takes a snapshot, in the place of one that is there.
  ///
  /// @param store makes the snapshot in a file
  /// @param check looks at the snapshot before anything is sealed
  public void take(
      Function<Path, SnapshotFile> store,
      Instant now,
      SealedBy sealedBy,
      Seal seal,
      Consumer<SnapshotFile> check) {
    try {
      Path file = take(store);
      SnapshotFile snapshot = SnapshotFile.at(file);
      check.accept(snapshot);
      BackupHeader header = BackupHeader.make(now, snapshot.schema(), sealedBy, seal);
      PrivateFiles.create(headerFile(), header.bytes());
    } catch (IOException e) {
      throw new BackupException(
          "A snapshot can't be taken in " + folder + ": " + Outside.words(e) + ".", e);
    }
  }

  /// Takes a snapshot that no backup is to be made of, in the place of one that is there.
  ///
  /// @return its file, for as long as this is open
  /// @throws BackupException when the store can't be read or the snapshot can't be written
  public Path take(Function<Path, SnapshotFile> store) throws IOException {
    discard();
    try {
      var _ = store.apply(snapshotFile());
    } catch (StoreException e) { // a full disk, mostly: nothing that keeps a server from starting
      throw new BackupException(String.valueOf(e.getMessage()), e);
    }
    return snapshotFile();
  }

  /// The header of the backup of this snapshot.
  public BackupHeader header() {
    try (InputStream in = Files.newInputStream(headerFile())) {
      return BackupHeader.read(in);
    } catch (IOException e) {
      throw new BackupException("There is no unfinished backup in " + folder + ".", e);
    }
  }

  public long rows() {
    return SnapshotFile.at(snapshotFile()).rows();
  }

  /// Writes the backup: the same bytes at each call for one snapshot.
  ///
  /// @param out stays the caller's
  /// @param progress told the number of rows done
  public Summary write(OutputStream out, Seal seal, LongConsumer progress) throws IOException {
    BackupHeader header = header();
    try (var sealed = new SealedOutput(out, header, header.unwrapKey(seal))) {
      var content = new ContentWriter(sealed);
      SnapshotFile.at(snapshotFile()).read(counting(content, progress));
      Summary summary = content.finish();
      sealed.finish();
      return summary;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// Reads a backup to its end and gives its rows to `sink`, which must not trust them before this
  /// returns.
  ///
  /// @param in stands behind `header`
  /// @throws BackupException when it is not whole and as it was made
  /// @throws dev.keyhold.seal.SealException when it was made with another key
  public static Summary read(BackupHeader header, InputStream in, Seal seal, RowSink sink)
      throws IOException {
    try (var opened = new SealedInput(in, header, header.unwrapKey(seal))) {
      return new ContentReader(opened).read(sink);
    }
  }

  /// A sink in front of another that tells how many rows have passed.
  public static RowSink counting(RowSink sink, LongConsumer progress) {
    return new RowSink() {
      private long rows;

      @Override
      public void table(String name, List<String> columns) {
        sink.table(name, columns);
      }

      @Override
      public void row(List<Optional<Object>> values) {
        sink.row(values);
        progress.accept(++rows);
      }
    };
  }

  /// Removes the snapshot.
  public void discard() throws IOException {
    Files.deleteIfExists(headerFile()); // first: without it the snapshot counts for nothing
    SnapshotFile.at(snapshotFile()).delete();
  }

  private Path headerFile() {
    return folder.resolve("header");
  }

  private Path snapshotFile() {
    return folder.resolve("snapshot.db");
  }

  /// Lets the next one in. The snapshot stays.
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
