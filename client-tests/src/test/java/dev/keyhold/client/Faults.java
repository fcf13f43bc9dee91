package dev.keyhold.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// A wall clock that jumps and a disk that fails while a server runs: `src/test/c/faults.c`,
/// preloaded into it.
final class Faults {
  private static final int BYTES = 16;
  private static final int DISK = 8;

  enum Disk {
    SOUND(0),
    HANGS(1),
    IS_FULL(2),
    FAILS_SYNC(3),
    FAILS_WRITE(4),
    /// What is beyond the first 80 KiB of a file is not written.
    HANGS_LATER(5);

    private final long number;

    Disk(long number) {
      this.number = number;
    }
  }

  private final ByteBuffer control;

  private Faults(ByteBuffer control) {
    this.control = control;
  }

  /// @param folder whose disk may fail; its files need not be there
  /// @param work for the library and what controls it
  static Faults of(ServerProcess server, Path folder, Path work) {
    var environment = new HashMap<String, String>();
    Faults faults = in(environment, folder, work);
    environment.forEach(server::withEnvironment);
    return faults;
  }

  /// Likewise, for a process that is started with this environment.
  static Faults in(Map<String, String> environment, Path folder, Path work) {
    Path library = Preloaded.required(Preloaded.compile("faults", work));
    Path file = work.resolve("faults.control");
    try (var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer control =
          channel
              .map(FileChannel.MapMode.READ_WRITE, 0, BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(0, 0)
              .putLong(DISK, 0);
      environment.put("LD_PRELOAD", library.toString());
      environment.put("FAULTS_CONTROL", file.toString());
      environment.put(
          "FAULTS_FOLDER",
          folder.getParent().toRealPath().resolve(folder.getFileName()).toString());
      return new Faults(control);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// From now on the wall clock shows so much more than the time.
  void clockIsWrongBy(Duration error) {
    control.putLong(0, error.toNanos());
  }

  void disk(Disk state) {
    control.putLong(DISK, state.number);
  }
}
