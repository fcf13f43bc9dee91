package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A file system of its own, which can be full without anything else being so. Mounting one takes
/// root's rights; without them the test says so and is skipped. With them it is not: that a mount
/// fails is a failure then, in CI and elsewhere.
record SmallDisk(Path folder) implements AutoCloseable {
  private static final Path SELF = Path.of("/proc/self/status");
  private static final String RIGHTS = "CapEff:";
  private static final int MAY_MOUNT = 21; // CAP_SYS_ADMIN

  static SmallDisk mount(Path folder, int kibibytes) throws IOException {
    assumeThat(mayMount())
        .describedAs("SKIPPED: only root, with CAP_SYS_ADMIN, can mount a small file system")
        .isTrue();
    assertThat(
            run(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=" + kibibytes + "k,mode=0700",
                "tmpfs",
                "" + folder))
        .describedAs("exit code of mount -t tmpfs")
        .isZero();
    return new SmallDisk(folder);
  }

  private static boolean mayMount() throws IOException {
    try (var lines = Files.lines(SELF)) {
      return lines
          .filter(line -> line.startsWith(RIGHTS))
          .map(line -> Long.parseUnsignedLong(line.substring(RIGHTS.length()).strip(), 16))
          .anyMatch(rights -> (rights >>> MAY_MOUNT & 1) == 1);
    }
  }

  /// Leaves room for so many bytes.
  void fill(int left) throws IOException {
    long free = folder.toFile().getUsableSpace();
    Files.write(folder.resolve("filler"), new byte[Math.toIntExact(Math.max(free - left, 0))]);
  }

  void makeRoom() throws IOException {
    Files.delete(folder.resolve("filler"));
  }

  @Override
  public void close() throws IOException {
    assertThat(run("umount", folder.toString())).isZero();
  }

  private static int run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", interrupt);
    }
    return process.exitValue();
  }
}
