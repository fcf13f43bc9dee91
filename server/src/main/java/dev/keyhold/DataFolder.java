package dev.keyhold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// The data folder, open to its owner alone and held by one process at a time: two servers on one
/// embedded store would serve keys from caches that know nothing of each other. The system gives
/// the lock back however the process ends.
public final class DataFolder implements AutoCloseable {
  private final Path path;
  private final FileChannel lockFile;

  private DataFolder(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /// Makes the folder if need be, and takes it.
  ///
  /// @throws StartRefused when others may open it, or another process has it
  public static DataFolder take(Path path) {
    PrivateFiles.createFolder(path);
    PrivateFiles.requirePrivate(path);
    try {
      var channel =
          FileChannel.open(
              path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!lock(channel)) {
        channel.close();
        throw new StartRefused(
            "Another keyhold uses %s. Stop it, or choose another folder with --data."
                .formatted(path));
      }
      return new DataFolder(path, channel);
    } catch (IOException failure) {
      throw new UncheckedIOException("The folder " + path + " can't be used", failure);
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      @Nullable FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException _) {
      return false; // by another server in this very process
    }
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException _) {
      // The lock ends with the process at the latest.
    }
  }
}
