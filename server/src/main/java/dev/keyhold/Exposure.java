package dev.keyhold;

import dev.keyhold.seal.Ownership;
import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/// Files with secrets that other users of the machine could read.
final class Exposure {
  private Exposure() {}

  /// Pipes are left alone: they are read once and leave nothing behind. So is what does not exist.
  ///
  /// @param what the file is, for the message
  /// @throws StartRefused when others may read or change the file
  static void refuse(Path file, String what) {
    try {
      if (Files.isRegularFile(file)) {
        PrivateFiles.exposure(file)
            .ifPresent(exposed -> {
              throw new StartRefused("The " + what + " " + file + " " + exposed);
            });
      }
    } catch (IOException failure) {
      throw new StartRefused("The " + what + " " + file + " can't be examined: " + failure + ".");
    }
  }

  /// Refuses what belongs to another user, since what this process writes there could not be opened
  /// by that one.
  ///
  /// @param path may be missing
  /// @param what it is, for the message
  /// @throws StartRefused when it is another user's
  static void refuseForeign(Path path, String what) {
    try {
      if (Files.exists(path)) {
        Ownership.problem(path)
            .ifPresent(problem -> {
              throw new StartRefused("The " + what + " " + path + " " + problem);
            });
      }
    } catch (IOException failure) {
      throw new StartRefused("The " + what + " " + path + " can't be examined: " + failure + ".");
    }
  }

  /// The configuration holds no secret, so others may read it; who could change it could point it
  /// to a root key of theirs.
  ///
  /// @throws StartRefused when others may change the file
  static void refuseForeignWriters(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        return;
      }
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.contains(PosixFilePermission.GROUP_WRITE)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new StartRefused(
            "The configuration file %s can be changed by other users: chmod go-w %s"
                .formatted(file, file));
      }
    } catch (IOException failure) {
      throw new StartRefused(
          "The configuration file " + file + " can't be examined: " + failure + ".");
    }
  }
}
