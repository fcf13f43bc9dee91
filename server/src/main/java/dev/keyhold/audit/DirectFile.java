package dev.keyhold.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file whose writes go past the system's cache, and are on the disk when they return: one wait
/// for the disk, and less processor time than a write and a force. Only whole blocks can be written
/// so. The last one is written again with each write, with the same bytes where it had some, as it
/// would be from the cache too; behind the end it has zeros.
///
/// It is written from its beginning on, without gaps.
final class DirectFile implements Disk.OpenFile {
  private static final Logger LOG = LoggerFactory.getLogger(DirectFile.class);
  private static final Optional<OpenOption> DIRECT = direct();

  private static final int PIECE = 128 * 1024;

  /// No smaller than what disks write at once, whatever the file system calls a block: what a torn
  /// write can take along is always in the block that is written.
  private static final int LEAST_BLOCK = 4096;

  private final FileChannel channel;
  private final int block;
  private final byte[] zeros;
  private final ByteBuffer buffer; // to its position, what the last block has
  private long begin; // of the last block
  private boolean cut;

  private DirectFile(FileChannel channel, int block, ByteBuffer buffer) {
    this.channel = channel;
    this.block = block;
    this.zeros = new byte[block];
    this.buffer = buffer;
  }

  /// Opens a file of zeros that is longer than a block.
  ///
  /// @param blocks where blocks are put together; this file's until it is closed
  /// @return empty where file system or device don't take such writes: one that changes nothing is
  ///   tried
  static Optional<DirectFile> open(Path file, Blocks blocks) {
    try {
      int block = Math.max(LEAST_BLOCK, Math.toIntExact(Files.getFileStore(file).getBlockSize()));
      if (DIRECT.isEmpty() || PIECE % block != 0) {
        return Optional.empty();
      }
      FileChannel channel =
          FileChannel.open(
              file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.DSYNC, DIRECT.get()));
      var opened = new DirectFile(channel, block, blocks.of(block));
      try {
        channel.write(opened.buffer.slice(0, block), 0);
        return Optional.of(opened);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.debug("{} can't be written past the cache", file, e);
      return Optional.empty();
    }
  }

  /// The buffer of one log's files, one after the other: outside the heap, and aligned as the disk
  /// wants it. For any other the JDK would allocate one at each write, and some of those for good.
  static final class Blocks {
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int block;

    /// @return zeros, a whole number of blocks
    private ByteBuffer of(int size) {
      if (size != block) {
        buffer = ByteBuffer.allocateDirect(PIECE + size).alignedSlice(size);
        block = size;
      }
      return buffer.clear().put(0, new byte[size]);
    }
  }

  /// Asked for by name: the module that has it, jdk.unsupported, warns whoever compiles against it.
  private static Optional<OpenOption> direct() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return Stream.of(options.asSubclass(OpenOption.class).getEnumConstants())
          .<OpenOption>map(option -> option)
          .filter(option -> option.toString().equals("DIRECT"))
          .findAny();
    } catch (ClassNotFoundException _) {
      return Optional.empty();
    }
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public void write(ByteBuffer bytes, long position) throws IOException {
    if (position != begin + buffer.position()) {
      throw new IOException("A gap before byte " + position + ".");
    }
    while (bytes.hasRemaining()) {
      int taken = Math.min(bytes.remaining(), buffer.remaining());
      buffer.put(bytes.slice(bytes.position(), taken));
      bytes.position(bytes.position() + taken);
      int end = buffer.position();
      int kept = end % block;
      if (kept > 0) {
        buffer.put(zeros, 0, block - kept);
      }
      buffer.flip();
      for (long at = begin; buffer.hasRemaining(); ) {
        at += channel.write(buffer, at);
      }
      buffer.clear();
      buffer.put(0, buffer, end - kept, kept).position(kept);
      begin += end - kept;
    }
  }

  /// A write begins in the block where the one before has ended. As long as it has not come
  /// further, the bytes from before are where they were: at the beginning of the buffer.
  @Override
  public Optional<Disk.Block> blockEndingAt(long size) {
    if (size <= begin || size >= begin + block) {
      return Optional.empty();
    }
    ByteBuffer copy = ByteBuffer.allocate(block);
    copy.put(0, buffer, 0, (int) (size - begin));
    return Optional.of(new Disk.Block(begin, copy));
  }

  @Override
  public void force() throws IOException {
    if (cut) {
      channel.force(false);
      cut = false;
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    channel.truncate(size);
    cut = true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
