package dev.keyhold.seal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// KEKs of no database, for tests of how rows are kept.
public final class TestKeks {
  private TestKeks() {}

  public static Keks inMemory() {
    try {
      Path folder = Files.createTempDirectory("keyhold-test-keks-");
      Path file = folder.resolve("root.key");
      var keks = new Keks(FileSeal.create(file), new MemoryKekRepository());
      Files.delete(file);
      Files.delete(folder);
      return keks;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
