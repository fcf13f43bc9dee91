package dev.keyhold.seal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whose a file or folder is. Root may write in the folders of others, but what it makes there only
/// root can open: one command run as root, and the server does not start any more.
public final class Ownership {
  private Ownership() {}

  /// What is wrong with the owner of a file or folder that this process is about to replace or
  /// write in, as the end of a sentence for the operator; empty when nothing is.
  public static Optional<String> problem(Path path) throws IOException {
    String owner = Files.getOwner(path).getName();
    String user = System.getProperty("user.name", "?");
    if (owner.equals(user)
        || owner.equals(ownerOfNew(Files.isDirectory(path) ? path : path.resolveSibling("")))) {
      return Optional.empty();
    }
    String chown = "chown -R " + user + " " + path;
    return Optional.of(
        owner.equals("root")
            ? "belongs to root, and this is run by %s: %s".formatted(user, chown)
            : "belongs to %1$s, and this is run by %2$s, whose files %1$s can't open: run it as %1$s (runuser -u %1$s -- keyhold ...), or, if it is to be that of %2$s: %3$s"
                .formatted(owner, user, chown));
  }

  /// Names may be missing, and file systems may give all files to one user: only a file tells.
  private static String ownerOfNew(Path folder) throws IOException {
    try {
      Path probe = Files.createTempFile(folder, ".owner", ".part", PrivateFiles.FILE_MODE);
      try {
        return Files.getOwner(probe).getName();
      } finally {
        Files.deleteIfExists(probe);
      }
    } catch (AccessDeniedException _) {
      return ""; // nobody's, since none can be made
    }
  }
}
