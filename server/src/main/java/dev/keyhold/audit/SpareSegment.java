package dev.keyhold.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file of zeros, made ahead by a thread of its own. Writing over bytes that a file has already
/// lets the file system force the data alone, where a file that grows makes it commit its journal,
/// with whatever others have in it: several times as fast where the disk is busy.
final class SpareSegment {
  private static final Logger LOG = LoggerFactory.getLogger(SpareSegment.class);
  private static final int PIECE = 1024 * 1024;

  /// No disk is filled for this.
  private static final int TIMES_FREE = 8;

  private final Path file;
  private final Disk disk;
  private final long bytes;
  private boolean asked;
  private volatile boolean ready;
  private volatile Optional<Thread> maker = Optional.empty();

  /// @param bytes how large; below one piece none is made
  SpareSegment(Path folder, Disk disk, long bytes) {
    this.file = folder.resolve("next");
    this.disk = disk;
    this.bytes = bytes;
  }

  /// Begins to make the file, unless that was asked for since the last [#moveTo].
  void prepare() {
    if (asked || bytes < PIECE) {
      return;
    }
    asked = true;
    maker = Optional.of(Thread.ofPlatform().daemon().name("keyhold-audit-spare").start(this::make));
  }

  private void make() {
    try {
      if (Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace()
          < TIMES_FREE * bytes) {
        return;
      }
      Files.deleteIfExists(file);
      try (Disk.OpenFile zeros = disk.open(file)) {
        for (long at = 0; at < bytes; at += PIECE) {
          zeros.write(ByteBuffer.allocate((int) Math.min(PIECE, bytes - at)), at);
        }
        zeros.force();
      }
      ready = true;
    } catch (IOException e) {
      LOG.debug("no audit segment could be made ahead", e);
      discard();
    }
  }

  boolean isReady() {
    return ready;
  }

  /// Gives the file another name, if there is one. Where none could be made, the next [#prepare]
  /// tries again.
  boolean moveTo(Path name) throws IOException {
    if (!ready) {
      asked = maker.filter(Thread::isAlive).isPresent();
      return false;
    }
    ready = false;
    asked = false;
    Files.move(file, name);
    return true;
  }

  /// Removes what there is.
  void discard() {
    ready = false;
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("a spare audit segment could not be deleted", e);
    }
  }

  void close() throws InterruptedException {
    if (maker.isPresent()) {
      maker.get().join();
    }
    discard();
  }
}
