package dev.keyhold.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The folder of one server's segments, locked while it writes. The file `node` has the id of the
/// server, which is in each of its records.
final class AuditFolder implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNER_FILE =
      PosixFilePermissions.fromString("rw-------");
  private static final int NODE_CHARS = 16;

  private final Path path;
  private final FileChannel nodeFile;
  private final String node;

  private AuditFolder(Path path, FileChannel nodeFile, String node) {
    this.path = path;
    this.nodeFile = nodeFile;
    this.node = node;
  }

  /// Makes the folder if it is missing.
  ///
  /// @throws AuditException when it is another server's, or open to others
  static AuditFolder open(Path path) {
    try {
      if (!Files.exists(path)) {
        Path parent = Optional.ofNullable(path.toAbsolutePath().getParent()).orElseThrow();
        Files.createDirectories(parent);
        Files.createDirectory(path, PosixFilePermissions.asFileAttribute(OWNER));
        Files.setPosixFilePermissions(path, OWNER); // the umask may have taken some
        sync(parent);
      }
      refuseExposed(path);
      var channel =
          FileChannel.open(
              path.resolve("node"),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(OWNER_FILE));
      try {
        if (channel.tryLock() == null) {
          throw inUse(path);
        }
        return new AuditFolder(path, channel, node(channel));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (OverlappingFileLockException _) {
      throw inUse(path);
    } catch (IOException e) {
      throw new AuditException("The audit folder " + path + " can't be used: " + e + ".", e);
    }
  }

  /// A power cut would take a folder whose name is not on the disk, and all the records in it.
  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static AuditException inUse(Path path) {
    return new AuditException("Another Keyhold is writing to the audit folder " + path + ".");
  }

  private static void refuseExposed(Path path) throws IOException {
    var exposed = EnumSet.copyOf(Files.getPosixFilePermissions(path));
    exposed.removeAll(OWNER);
    if (!exposed.isEmpty()) {
      throw new AuditException(
          "The audit folder " + path + " is accessible to other users: chmod 700 " + path);
    }
  }

  private static String node(FileChannel file) throws IOException {
    var content = ByteBuffer.allocate(NODE_CHARS);
    file.read(content, 0);
    String known = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII);
    if (known.matches("[0-9a-f]{" + NODE_CHARS + "}")) {
      return known;
    }
    String made = UUID.randomUUID().toString().replace("-", "").substring(0, NODE_CHARS);
    file.truncate(0);
    file.write(ByteBuffer.wrap((made + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    file.force(true);
    return made;
  }

  Path path() {
    return path;
  }

  String node() {
    return node;
  }

  @Override
  public void close() throws IOException {
    nodeFile.close();
  }
}
