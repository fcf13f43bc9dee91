package dev.keyhold.seal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/// A file that is open, and where it was then. One that was removed, moved or replaced since takes
/// along what is written to it.
public final class OpenedFile {
  private final Path path;
  private final Object key;

  private OpenedFile(Path path, Object key) {
    this.path = path;
    this.key = key;
  }

  /// @return empty when there is none, or files have nothing here by which they could be told apart
  public static Optional<OpenedFile> at(Path path) throws IOException {
    try {
      return Optional.ofNullable(key(path)).map(it -> new OpenedFile(path, it));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  /// Whether its name still leads to it. Where the disk does not tell, writing will.
  public boolean isInPlace() {
    try {
      return key.equals(key(path));
    } catch (NoSuchFileException _) {
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }
}
