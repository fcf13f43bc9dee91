package dev.keyhold;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How many connections this process can hold. One too many takes the file descriptor that the
/// store or the audit log needs next, or the last of the heap, and nobody has to authenticate to
/// open one.
final class ConnectionRoom {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionRoom.class);

  /// 10,000 idle ones, and others beside them.
  private static final int USUAL = 12_000;

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d{1,9})\\s.*");

  /// For the store, the log, the libraries, and connections to a database.
  private static final int OWN_FILES = 512;

  /// Of which a start takes some 100.
  private static final int LEAST_FILES = 128;

  // Of heap, as measured of connections that are idle; with TLS there is more while it is used.
  private static final int PLAIN_BYTES = 2816;
  private static final int TLS_BYTES = 8 * 1024;

  private ConnectionRoom() {}

  /// @param wanted by the operator, who is told when there is not room for as many
  static int most(Optional<Integer> wanted, boolean tls) {
    openFiles().ifPresent(ConnectionRoom::refuseTooFew);
    int heap = inHeap(Runtime.getRuntime().maxMemory(), tls);
    int files = openFiles().map(ConnectionRoom::inFiles).orElse(Integer.MAX_VALUE);
    int goal = wanted.orElse(Math.min(USUAL, heap));
    if (files < goal) {
      LOG.warn("ulimit -n leaves room for {} connections instead of {}: raise it", files, goal);
    }
    if (heap < goal) {
      LOG.warn("the heap has room for {} connections, not for {}: raise -Xmx", heap, goal);
    }
    return Math.min(goal, Math.min(files, heap));
  }

  /// @throws StartRefused when a start would break off somewhere, for want of a file
  static void refuseTooFew(int limit) {
    if (limit < LEAST_FILES) {
      throw new StartRefused(
          "ulimit -n is %d, and a server needs %d and one more for each connection: raise it."
              .formatted(limit, LEAST_FILES));
    }
  }

  static int inHeap(long heapBytes, boolean tls) {
    long half = heapBytes / 2;
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, half / (tls ? TLS_BYTES : PLAIN_BYTES)));
  }

  static int inFiles(int limit) {
    return Math.max(limit - OWN_FILES, limit / 2);
  }

  /// `ulimit -n`; empty where it is not known or there is no limit. The JVM has raised its soft
  /// limit to the hard one by now.
  private static Optional<Integer> openFiles() {
    try (Stream<String> lines = Files.lines(LIMITS)) {
      return lines
          .map(OPEN_FILES::matcher)
          .filter(Matcher::matches)
          .map(found -> Integer.valueOf(found.group(1)))
          .findFirst();
    } catch (IOException _) {
      return Optional.empty(); // not Linux
    }
  }
}
