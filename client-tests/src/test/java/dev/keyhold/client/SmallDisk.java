package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A file system of its own, which can be full without anything else being so. Only root can mount
/// one; for others the test is skipped.
record SmallDisk(Path folder) implements AutoCloseable {
  static SmallDisk mount(Path folder, int kibibytes) throws IOException {
    assumeThat(
            run(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=" + kibibytes + "k,mode=0700",
                "tmpfs",
                "" + folder))
        .describedAs("only root can mount a small file system")
        .isZero();
    return new SmallDisk(folder);
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
