package dev.keyhold.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.PowerLoss.Undone;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// As [CrashTest], on a disk that forgets what was not synced.
class PowerLossTest extends CrashTest {
  @TempDir private Path work;

  private Optional<PowerLoss> disk = Optional.empty();
  private int syncs;
  private int writes;
  private int files;

  @Override
  String name() {
    return "F2 power loss";
  }

  @Override
  String what() {
    return "as F1, and every write since the last fsync of its file undone before the restart";
  }

  @Override
  void figures(ChaosReport row) {
    row.figure("%d writes and %d new files undone, %d syncs".formatted(writes, files, syncs));
  }

  private PowerLoss disk(Path folder) {
    disk = PowerLoss.on(folder, work);
    return Preloaded.required(disk);
  }

  @Override
  void prepare(ServerProcess server) {
    disk(server.data()).environment().forEach(server::withEnvironment);
  }

  @Override
  void afterKill() {
    Undone undone = disk.orElseThrow().undo();
    syncs += undone.syncs();
    writes += undone.writes();
    files += undone.files();
    assertThat(syncs).describedAs("syncs that were seen").isPositive();
  }

  /// That the test can fail: the same disk forgets what a program did not sync.
  @Test
  void whatWasNotSyncedIsUndone(@TempDir Path folder) throws Exception {
    Path home = folder.toRealPath();
    Path kept = home.resolve("kept");
    Files.writeString(kept, "before");
    PowerLoss simulated = disk(home);

    run(simulated, home, "sync");
    simulated.undo();
    assertThat(kept).hasContent("synced");
    assertThat(home.resolve("new")).hasContent("synced");

    run(simulated, home, "no sync");
    Undone undone = simulated.undo();
    assertThat(undone.writes()).isPositive();
    assertThat(undone.files()).isEqualTo(1);
    assertThat(kept).hasContent("synced");
    assertThat(home.resolve("new")).hasContent("synced");
    assertThat(home.resolve("newer")).doesNotExist();
  }

  private static void run(PowerLoss simulated, Path folder, String how) throws Exception {
    var builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                folder.toString(),
                how));
    builder.environment().putAll(simulated.environment());
    Path output = folder.resolveSibling(folder.getFileName() + ".log");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor()).describedAs(Files.readString(output)).isZero();
    Files.delete(output);
  }

  /// The program whose writes are undone.
  static final class Writer {
    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(arguments[0]);
      boolean syncs = arguments[1].equals("sync");
      write(folder.resolve("kept"), syncs ? "synced" : "lost for ever", syncs);
      write(folder.resolve("new"), syncs ? "synced" : "lost", syncs);
      if (syncs) {
        try (var directory = FileChannel.open(folder)) {
          directory.force(true);
        }
      } else {
        write(folder.resolve("newer"), "lost", true); // synced, but not the folder
      }
    }

    private static void write(Path file, String text, boolean sync) throws IOException {
      try (var channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        channel.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
        if (sync) {
          channel.force(false);
        }
      }
    }
  }
}
