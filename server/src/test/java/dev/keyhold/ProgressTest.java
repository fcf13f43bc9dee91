package dev.keyhold;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressTest {
  private static final long MEGABYTE = 1 << 20;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, UTF_8);

  private Progress progress(boolean terminal, long total) {
    return new Progress(out, terminal, "backup", total, Progress.ROWS);
  }

  private String shown() {
    return bytes.toString(UTF_8).replace(System.lineSeparator(), "\n");
  }

  /// What is in the line of a terminal after it was written over and over.
  private String lineOfTerminal() {
    String all = shown();
    return all.substring(all.lastIndexOf('\r') + 1);
  }

  @Test
  void withoutATerminalEachTenthIsALine() {
    Progress progress = progress(false, 1000);
    for (long done = 1; done <= 1000; done++) {
      progress.accept(done);
    }
    progress.end();
    List<String> lines = shown().lines().toList();
    assertThat(lines).hasSize(11).first().isEqualTo("backup: 0 % (1 of 1000 rows)");
    assertThat(lines.get(5)).isEqualTo("backup: 50 % (500 of 1000 rows)");
    assertThat(lines).last().isEqualTo("backup: 100 % (1000 of 1000 rows)");
    assertThat(shown()).doesNotContain("\r", "#");
  }

  @Test
  void onATerminalTheBarGrowsInOneLine() {
    Progress progress = progress(true, 200);
    progress.accept(50);
    assertThat(lineOfTerminal()).isEqualTo("backup [" + bar(10) + "] 25 %");
    progress.accept(51); // not a percent more
    assertThat(shown()).containsOnlyOnce("\r");
    progress.accept(199);
    assertThat(lineOfTerminal()).isEqualTo("backup [" + bar(39) + "] 99 %");
    assertThat(shown()).doesNotContain("\n");
    progress.accept(200);
    progress.end();
    assertThat(lineOfTerminal()).isEqualTo("backup [" + bar(40) + "] 100 %\n");
  }

  private static String bar(int full) {
    return "#".repeat(full) + "-".repeat(40 - full);
  }

  @Test
  void lineOfOthersIsWrittenOverNoBar() {
    Progress progress = progress(true, 100);
    progress.accept(42);
    int length = lineOfTerminal().length();
    progress.clear();
    assertThat(lineOfTerminal()).isEmpty();
    assertThat(shown()).endsWith("\r" + " ".repeat(length) + "\r");
    out.print("BAD cmk\n");
    progress.accept(42);
    assertThat(shown()).endsWith("BAD cmk\n\rbackup [" + bar(16) + "] 42 %");

    bytes.reset();
    Progress plain = progress(false, 100);
    plain.accept(42);
    plain.clear();
    assertThat(shown()).isEqualTo("backup: 42 % (42 of 100 rows)\n");
  }

  @Test
  void nothingToDoIsDone() {
    progress(false, 0).end();
    assertThat(shown()).isEqualTo("backup: 100 % (0 of 0 rows)\n");
  }

  /// A store that grew since it was counted.
  @Test
  void moreThanThereWasIsNotMoreThanAll() {
    Progress progress = progress(true, 100);
    IntStream.rangeClosed(1, 150).forEach(progress::accept);
    assertThat(shown()).containsOnlyOnce("100 %").endsWith("100 %\n").doesNotContain("101");
  }

  @Test
  void streamOfUnknownLengthCountsUpInOneLineOfATerminal() {
    var counter = new Counter(out, true, "restore");
    counter.accept(MEGABYTE - 1);
    assertThat(shown()).isEmpty();
    counter.accept(MEGABYTE);
    counter.accept(MEGABYTE + 1);
    counter.accept(3 * MEGABYTE);
    counter.end();
    counter.end();
    assertThat(shown()).isEqualTo("\rrestore: 1 MiB\rrestore: 3 MiB\n");
  }

  @Test
  void streamOfUnknownLengthIsALineNowAndThenElsewhere() {
    var counter = new Counter(out, false, "restore");
    for (long done = 0; done <= 200; done++) {
      counter.accept(done * MEGABYTE);
    }
    counter.end();
    assertThat(shown()).isEqualTo("restore: 64 MiB\nrestore: 128 MiB\nrestore: 192 MiB\n");
  }

  @Test
  void inputTellsHowFarItWasReadAndItsEnd() throws IOException {
    Progress progress = new Progress(out, false, "restore", 4, Progress.BYTES);
    try (var in =
        new CountedInput(
            new ByteArrayInputStream(new byte[] {1, 2, 3, 4}), progress, () -> out.print("end"))) {
      assertThat(in.read()).isEqualTo(1);
      assertThat(in.readAllBytes()).hasSize(3);
    }
    assertThat(shown())
        .isEqualTo("restore: 25 % (1 of 4 bytes)\nrestore: 100 % (4 of 4 bytes)\nend");
  }

  /// What standard error is decides, not what input and output are.
  @Test
  void terminalIsToldByWhatIsOpen(@TempDir Path folder) throws IOException {
    for (String terminal : List.of("/dev/pts/3", "/dev/tty1", "/dev/ttyS0", "/dev/console")) {
      assertThat(StandardError.isTerminal(link(folder, terminal))).isTrue();
    }
    for (String other : List.of("pipe:[4711]", "socket:[1]", "/dev/null", "/var/log/keyhold")) {
      assertThat(StandardError.isTerminal(link(folder, other))).isFalse();
    }
  }

  private static Path link(Path folder, String target) throws IOException {
    Path link = folder.resolve("fd");
    Files.deleteIfExists(link);
    return Files.createSymbolicLink(link, Path.of(target));
  }
}
