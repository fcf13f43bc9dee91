package dev.keyhold;

import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
}
