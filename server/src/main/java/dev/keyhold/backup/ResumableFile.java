package dev.keyhold.backup;

import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Writes `FILE.part`, which becomes `FILE` at the end. What an earlier run has written is compared
/// instead of written again; from the first byte on that differs, it is replaced.
public final class ResumableFile extends OutputStream {
  private final Path file;
  private final Path part;
  private final FileChannel channel;
  private final long present;
  private long position;
  private boolean comparing;

  private ResumableFile(Path file, Path part, FileChannel channel, boolean resume)
      throws IOException {
    this.file = file;
    this.part = part;
    this.channel = channel;
    this.present = channel.size();
    this.comparing = resume && present > 0;
    if (!comparing) {
      channel.truncate(0);
    }
  }

  /// @param resume whether what is in `FILE.part` counts
  /// @throws BackupException when there is such a file already
  public static ResumableFile open(Path file, boolean resume) throws IOException {
    refuseExisting(file);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      PrivateFiles.create(part, new byte[0]);
    } catch (FileAlreadyExistsException _) {
      // of an earlier run
    }
    return new ResumableFile(
        file,
        part,
        FileChannel.open(part, StandardOpenOption.READ, StandardOpenOption.WRITE),
        resume);
  }

  /// @throws BackupException when there is such a file, or none can be made
  public static void refuse(Path file) {
    refuseExisting(file);
    Path folder = file.toAbsolutePath().resolveSibling("").normalize();
    if (!Files.isDirectory(folder)) {
      throw new BackupException("There is no folder " + folder + " for the backup.");
    }
    if (!Files.isWritable(folder)) {
      throw new BackupException("This user can write no file in the folder " + folder + ".");
    }
  }

  /// @throws BackupException when there is such a file
  private static void refuseExisting(Path file) {
    if (Files.exists(file)) {
      throw new BackupException("There is a file " + file + " already: it is kept.");
    }
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int from = offset;
    if (comparing) {
      from += equal(bytes, offset, length);
      if (from < offset + length) {
        comparing = false;
        channel.truncate(position);
      }
    }
    var left = ByteBuffer.wrap(bytes, from, offset + length - from);
    while (left.hasRemaining()) {
      position += channel.write(left, position);
    }
  }

  /// @return how many of the bytes are in the file already, at this position
  private int equal(byte[] bytes, int offset, int length) throws IOException {
    var there = ByteBuffer.allocate(length);
    while (there.hasRemaining() && channel.read(there, position + there.position()) >= 0) {
      // until full, or the file ends
    }
    int differs =
        Arrays.mismatch(bytes, offset, offset + length, there.array(), 0, there.position());
    int same = differs < 0 ? length : differs;
    position += same;
    return same;
  }

  /// Makes it durable and gives it its name.
  public void finish() throws IOException {
    channel.truncate(position);
    channel.force(true);
    refuseExisting(file);
    Files.move(part, file);
    try (FileChannel folder =
        FileChannel.open(
            file.toAbsolutePath().resolveSibling(".").normalize(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  public long bytes() {
    return position;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
