package dev.keyhold.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongConsumer;

/// Tells how long a file is from time to time, while another thread is busy writing it and can tell
/// nothing.
final class FileGrowth implements AutoCloseable {
  private static final Duration EACH = Duration.ofMillis(200);

  private final Thread watcher;

  FileGrowth(Path file, LongConsumer told) {
    watcher =
        Thread.startVirtualThread(() -> {
          try {
            while (true) {
              Thread.sleep(EACH);
              told.accept(Files.size(file));
            }
          } catch (InterruptedException | IOException _) {
            // The file is complete, or whoever writes it will say what is wrong.
          }
        });
  }

  /// Nothing is told after this.
  @Override
  public void close() {
    watcher.interrupt();
    boolean interrupted = false;
    while (watcher.isAlive()) {
      try {
        watcher.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
