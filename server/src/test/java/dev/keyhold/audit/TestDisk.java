package dev.keyhold.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// The real disk, until it is told to be full, broken or blocked.
public final class TestDisk implements Disk {
  private final Disk real = Disk.real();
  final AtomicInteger writes = new AtomicInteger();
  final AtomicInteger forces = new AtomicInteger();
  final AtomicInteger failedTruncations = new AtomicInteger();
  final Queue<Path> syncedFolders = new ConcurrentLinkedQueue<>();
  private final AtomicInteger room = new AtomicInteger(Integer.MAX_VALUE);
  private volatile boolean forceFails;
  private volatile boolean damages;
  private volatile boolean foldersFail;
  private volatile CountDownLatch spareGate = new CountDownLatch(0);
  private volatile boolean truncateFails;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  /// Takes so many bytes more, and the half of a write that does not fit.
  public void room(int bytes) {
    room.set(bytes);
  }

  /// A write that fails takes the block along that it begins in.
  void damages(boolean so) {
    damages = so;
  }

  void forceFails(boolean fails) {
    forceFails = fails;
  }

  void truncateFails(boolean fails) {
    truncateFails = fails;
  }

  /// Holds every force back until the gate is opened.
  public CountDownLatch block() {
    gate = new CountDownLatch(1);
    return gate;
  }

  /// Holds the making of a segment ahead back until the gate is opened.
  CountDownLatch blockSpare() {
    spareGate = new CountDownLatch(1);
    return spareGate;
  }

  void foldersFail(boolean fail) {
    foldersFail = fail;
  }

  /// A log on this disk.
  public AuditLog log(Path folder) {
    return AuditLog.open(folder, AuditSync.GROUP, InstantSource.system(), this, 1024 * 1024);
  }

  @Override
  public OpenFile open(Path file) throws IOException {
    return new TestFile(file, real.open(file));
  }

  @Override
  public OpenFile openAhead(Path file) throws IOException {
    return new TestFile(file, real.openAhead(file));
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    if (foldersFail) {
      throw new IOException("Input/output error");
    }
    real.syncFolder(folder);
    syncedFolders.add(folder);
  }

  private final class TestFile implements OpenFile {
    private final Path file;
    private final OpenFile real;

    TestFile(Path file, OpenFile real) {
      this.file = file;
      this.real = real;
    }

    @Override
    public long size() throws IOException {
      return real.size();
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      writes.incrementAndGet();
      int wanted = bytes.remaining();
      int left = room.get();
      if (wanted > left) {
        real.write(bytes.slice(bytes.position(), left), position);
        room.set(0);
        if (damages) {
          damage(position);
        }
        throw new IOException("No space left on device");
      }
      room.addAndGet(-wanted);
      real.write(bytes, position);
    }

    private void damage(long position) throws IOException {
      long block = Files.getFileStore(file).getBlockSize();
      byte[] nonsense = "?".repeat((int) block).getBytes(StandardCharsets.US_ASCII);
      try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(nonsense), position / block * block);
      }
    }

    @Override
    public Optional<Block> blockEndingAt(long size) {
      return real.blockEndingAt(size);
    }

    @Override
    public void force() throws IOException {
      try {
        gate.await();
        if (file.endsWith("next")) {
          spareGate.await();
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (forceFails) {
        throw new IOException("Input/output error");
      }
      forces.incrementAndGet();
      real.force();
    }

    @Override
    public void truncate(long size) throws IOException {
      if (truncateFails) {
        failedTruncations.incrementAndGet();
        throw new IOException("Input/output error");
      }
      real.truncate(size);
    }

    @Override
    public void close() throws IOException {
      real.close();
    }
  }
}
