package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What a process has used, as Linux counts it in `/proc`.
///
/// @param cpu of all its threads, user and system, to 10 ms
/// @param rssKib memory it holds now
/// @param peakRssKib the most it ever held
/// @param threads that it has now, those that carry virtual ones among them
public record ProcessUse(Duration cpu, long rssKib, long peakRssKib, int threads) {
  private static final int TICKS_PER_SECOND = 100; // USER_HZ, which is part of the Linux ABI
  private static final int UTIME = 11; // counted after the command name
  private static final int STIME = 12;

  static ProcessUse of(long pid) throws IOException {
    Path folder = Path.of("/proc", Long.toString(pid));
    return parse(
        Files.readString(folder.resolve("stat")), Files.readAllLines(folder.resolve("status")));
  }

  static ProcessUse parse(String stat, List<String> status) {
    // The command's name may have blanks and parentheses in it.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
    return new ProcessUse(
        Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND),
        number(status, "VmRSS:"),
        number(status, "VmHWM:"),
        Math.toIntExact(number(status, "Threads:")));
  }

  private static long number(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }
}
