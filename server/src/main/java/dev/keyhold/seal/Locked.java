package dev.keyhold.seal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// A file that one process at a time changes: held from reading to writing, so that what another
/// has written in between is not lost.
///
/// @param channel of a file beside it: the file itself is another one after each writing
public record Locked(FileChannel channel) implements AutoCloseable {
  private static final long LOOK_MILLIS = 10;

  /// @param wait for another who has it
  /// @throws IOException when nothing can be written there, or another does not let go of it
  static Locked on(Path file, Duration wait) throws IOException {
    Path name = file.resolveSibling("." + file.getFileName() + ".lock");
    var options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileChannel channel = FileChannel.open(name, options, PrivateFiles.FILE_MODE);
    try {
      long deadline = System.nanoTime() + wait.toNanos();
      while (System.nanoTime() - deadline < 0) {
        if (tryLock(channel).isPresent()) {
          return new Locked(channel);
        }
        Thread.sleep(LOOK_MILLIS);
      }
      throw new IOException("another process does not let go of " + name);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      channel.close();
      throw new IOException("interrupted", e);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock());
    } catch (OverlappingFileLockException _) {
      return Optional.empty(); // of another thread of this process
    }
  }

  @Override
  public void close() {
    try {
      channel.close(); // and with it the lock
    } catch (IOException _) {
      // the end of the process gives it back
    }
  }
}
