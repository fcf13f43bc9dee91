package dev.keyhold.seal;

import dev.keyhold.error.Outside;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Files for this user's eyes only (mode 0600, folders 0700), written so that a power cut leaves
/// the old file, the new one, or none: never half of one.
public final class PrivateFiles {
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  /// How the names of files end that are being written.
  private static final String PART = ".part";

  private PrivateFiles() {}

  /// What makes a file or folder accessible to others than its owner, as the end of a sentence for
  /// the operator; empty when nothing does.
  public static Optional<String> exposure(Path path) throws IOException {
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    var open = EnumSet.copyOf(OTHERS);
    open.retainAll(permissions);
    if (open.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "is accessible to other users ("
            + PosixFilePermissions.toString(permissions)
            + "): chmod "
            + (Files.isDirectory(path) ? "700 " : "600 ")
            + path);
  }

  /// Makes `folder`, and with the usual mode what is missing above it.
  public static void createFolder(Path folder) throws IOException {
    Path absolute = folder.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent != null) {
      createAbove(parent);
    }
    // Set again, since the umask may have taken bits of the owner.
    Files.setPosixFilePermissions(
        Files.createDirectory(absolute, PosixFilePermissions.asFileAttribute(FOLDER)), FOLDER);
    if (parent != null) {
      syncFolder(parent);
    }
  }

  private static void createAbove(Path folder) throws IOException {
    Path parent = folder.getParent();
    if (parent != null && !Files.exists(folder)) {
      createAbove(parent);
      Files.createDirectories(folder); // somebody else may have made it meanwhile
      syncFolder(parent);
    }
  }

  /// Restricts an existing folder to its owner.
  public static void restrictFolder(Path folder) throws IOException {
    Files.setPosixFilePermissions(folder, FOLDER);
  }

  /// Makes `file` with `content`.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException when there is one: it stays as it is
  public static void create(Path file, byte[] content) throws IOException {
    removeLeftovers(file);
    // A rename would replace what somebody else has put there in the meantime; a link does not.
    write(file, content, written -> Files.createLink(file, written));
  }

  /// Makes `file`, or replaces it, with `content`.
  public static void replace(Path file, byte[] content) throws IOException {
    write(file, content, written -> Files.move(written, file, StandardCopyOption.ATOMIC_MOVE));
  }

  /// Gives `file` the name `other` too, unless there is one already. Both stay, also after a power
  /// cut.
  static void link(Path file, Path other) throws IOException {
    try {
      Files.createLink(other, file);
    } catch (FileAlreadyExistsException _) {
      // as it should be
    }
    syncFolder(folderOf(other));
  }

  /// Puts `file` in the place of `other`, so that a power cut leaves the one or the other there.
  static void move(Path file, Path other) throws IOException {
    sync(file);
    Files.move(file, other, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(folderOf(other));
  }

  /// Has a file on the disk, and its name: it may be a copy that somebody has just made, or of a
  /// process that was killed before it had done that itself.
  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    }
    syncFolder(folderOf(file));
  }

  /// Removes what a kill has left of an earlier writing of `file`: copies of its content, or parts
  /// of it, under other names. What another process is just writing stays.
  public static void removeLeftovers(Path file) {
    String name = file.getFileName().toString();
    DirectoryStream.Filter<Path> ours =
        it -> {
          String other = it.getFileName().toString();
          return other.startsWith("." + name + ".") && other.endsWith(PART);
        };
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folderOf(file), ours)) {
      for (Path leftover : leftovers) {
        removeUnlessLocked(leftover);
      }
    } catch (IOException | DirectoryIteratorException _) {
      // there is no such folder yet, or it is one that this user can't write: nothing is ours
    }
  }

  private static void removeUnlessLocked(Path leftover) throws IOException {
    try (FileChannel channel = FileChannel.open(leftover, StandardOpenOption.WRITE)) {
      if (channel.tryLock() != null) {
        Files.deleteIfExists(leftover);
      }
    } catch (OverlappingFileLockException _) {
      // this process is writing it
    }
  }

  /// Reads all of a file that others must not be able to read.
  ///
  /// @param maxBytes more than this is refused unread
  /// @throws SealException one sentence for the operator, when the file is absent, exposed to
  ///   others or too large
  static byte[] read(Path file, String what, int maxBytes) {
    try {
      if (!Files.exists(file)) {
        throw new SealException("There is no " + what + " at " + file + ".");
      }
      if (!Files.isRegularFile(file)) {
        throw new SealException("The " + what + " " + file + " is not a regular file.");
      }
      exposure(file)
          .ifPresent(exposed -> {
            throw new SealException("The " + what + " " + file + " " + exposed);
          });
      try (FileChannel channel = FileChannel.open(file)) {
        long size = channel.size();
        if (size > maxBytes) {
          throw new SealException(
              "The " + what + " " + file + " is malformed: " + size + " bytes are too many.");
        }
        var content = ByteBuffer.allocate((int) size);
        while (content.hasRemaining() && channel.read(content) >= 0) {
          // until full, or the file ends early
        }
        byte[] read = new byte[content.position()];
        content.flip().get(read);
        java.util.Arrays.fill(content.array(), (byte) 0);
        return read;
      }
    } catch (IOException e) {
      throw new SealException(
          "The " + what + " " + file + " can't be read: " + Outside.words(e) + ".", e);
    }
  }

  private interface Naming {
    void of(Path written) throws IOException;
  }

  /// Writes all of `content` under another name, locked so that nobody takes it for a leftover, and
  /// then has it named.
  private static void write(Path file, byte[] content, Naming naming) throws IOException {
    Path folder = folderOf(file);
    Path temporary = Files.createTempFile(folder, "." + file.getFileName() + ".", PART, FILE_MODE);
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
        FileLock _ = channel.lock()) {
      var left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
      naming.of(temporary);
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncFolder(folder);
  }

  private static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IllegalArgumentException("not a file: " + file);
    }
    return folder;
  }

  /// A new name is on the disk only when its folder is.
  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
