package dev.keyhold;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where this checkout lies.
final class Repository {
  private Repository() {}

  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("keyhold.example.yaml"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new AssertionError("not run inside the repository");
      }
    }
    return folder;
  }
}
