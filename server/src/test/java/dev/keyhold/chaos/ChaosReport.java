package dev.keyhold.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeMap;

/// A row of `target/chaos-report.md`: what was done, how often, and what came of it. The report has
/// the last outcome of each test, whichever build it was in.
///
/// A row that is closed before [#passed] says that the test failed.
public final class ChaosReport implements AutoCloseable {
  private static final String HEAD =
      """
      # What was broken on purpose, and what came of it

      | test | what was done | rounds | outcome | figures | when, how long |
      | --- | --- | --- | --- | --- | --- |
      """;

  private final String test;
  private final String what;
  private final Instant began = Instant.now();
  private final List<String> figures = new ArrayList<>();
  private long rounds = 1;
  private boolean passed;

  private ChaosReport(String test, String what) {
    this.test = test;
    this.what = what;
  }

  /// @param test its number in the list of failure tests and a name, unique in the report
  public static ChaosReport of(String test, String what) {
    return new ChaosReport(test, what);
  }

  public ChaosReport rounds(long count) {
    rounds = count;
    return this;
  }

  /// What was measured.
  public void figure(String figure) {
    figures.add(figure);
  }

  public void passed() {
    passed = true;
  }

  @Override
  public void close() {
    long seconds = Duration.between(began, Instant.now()).toSeconds();
    var row = new StringJoiner(" | ", "| ", " |");
    row.add(test).add(what).add(Long.toString(rounds)).add(passed ? "passed" : "**FAILED**");
    row.add(String.join("; ", figures));
    row.add(began.truncatedTo(ChronoUnit.SECONDS) + ", " + seconds + " s");
    System.out.println("chaos: " + row);
    put(row.toString());
  }

  // The modules' tests are processes of their own.
  private void put(String row) {
    Path file = Path.of(System.getProperty("keyhold.chaos.report", "target/chaos-report.md"));
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      try (var channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        var _ = channel.lock();
        var rows = new TreeMap<String, String>();
        new String(Channels.newInputStream(channel).readAllBytes(), UTF_8)
            .lines()
            .filter(line -> line.startsWith("| F"))
            .forEach(line -> rows.put(line.substring(2, line.indexOf(" | ")), line));
        rows.put(test, row);
        channel.truncate(0);
        channel.position(0);
        channel.write(UTF_8.encode(HEAD + String.join("\n", rows.values()) + "\n"));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
