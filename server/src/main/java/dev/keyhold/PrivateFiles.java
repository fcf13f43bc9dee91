package dev.keyhold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/// Files and folders that only their owner can open.
final class PrivateFiles {
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OTHERS_MAY_WRITE =
      PosixFilePermissions.fromString("----w--w-");
  private static final Set<PosixFilePermission> OWNER_ONLY = FOLDER;

  private PrivateFiles() {}

  /// Makes the folder, mode 0700, with the folders above it. One that exists and is empty becomes
  /// private: nobody can have put anything of theirs there.
  static void createFolder(Path folder) {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder, only(folder, FOLDER));
      } else if (isPosix(folder) && isEmpty(folder)) {
        Files.setPosixFilePermissions(folder, FOLDER);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("The folder " + folder + " can't be made", failure);
    }
  }

  /// Replaces the file as a whole, mode 0600: after a crash it is the old one or the new one.
  static void write(Path file, String content) {
    Path folder = file.toAbsolutePath().resolveSibling("");
    try {
      Path fresh = Files.createTempFile(folder, ".new-", "", only(folder, FILE));
      try {
        try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
          var bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
          channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
      try (var directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true); // the new name must survive a power loss too
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(file + " can't be written", failure);
    }
  }

  /// @throws StartRefused when anybody but the owner may open `path`
  static void requirePrivate(Path path) {
    var open = permissions(path);
    open.removeAll(OWNER_ONLY);
    if (!open.isEmpty()) {
      throw new StartRefused(
          "%s is open to other users of this machine. Run: chmod %s %s"
              .formatted(path, Files.isDirectory(path) ? "700" : "600", path));
    }
  }

  /// @throws StartRefused when anybody but the owner may change `path`
  static void requireUnwritableByOthers(Path path) {
    var writable = permissions(path);
    writable.retainAll(OTHERS_MAY_WRITE);
    if (!writable.isEmpty()) {
      throw new StartRefused(
          "%s can be changed by other users of this machine. Run: chmod go-w %s"
              .formatted(path, path));
    }
  }

  /// Empty for what is no file or folder (a pipe is read once and leaves nothing behind), and where
  /// the file system has no such permissions.
  private static EnumSet<PosixFilePermission> permissions(Path path) {
    try {
      var found = EnumSet.noneOf(PosixFilePermission.class);
      if ((Files.isRegularFile(path) || Files.isDirectory(path)) && isPosix(path)) {
        found.addAll(Files.getPosixFilePermissions(path));
      }
      return found;
    } catch (IOException failure) {
      throw new UncheckedIOException("The permissions of " + path + " can't be read", failure);
    }
  }

  private static FileAttribute<?>[] only(Path near, Set<PosixFilePermission> permissions) {
    return isPosix(near)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      return content.findAny().isEmpty();
    }
  }
}
