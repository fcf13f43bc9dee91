package dev.keyhold.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// What the kernel says that a process holds.
///
/// @param files open file descriptors, sockets among them
/// @param connections established ones over TCP, to clients and to a database
record Held(long residentKib, int threads, int files, int connections) {
  private static final int STATE = 3; // columns of /proc/net/tcp
  private static final int INODE = 9;
  private static final String ESTABLISHED = "01";

  static Held by(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try {
      Set<String> established = established(process);
      int files = 0;
      int connections = 0;
      try (var all = Files.newDirectoryStream(process.resolve("fd"))) {
        for (Path file : all) {
          files++;
          connections += established.contains(target(file)) ? 1 : 0;
        }
      }
      return new Held(residentKib(pid), threads(pid), files, connections);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Set<String> established(Path process) throws IOException {
    var sockets = new HashSet<String>();
    for (String table : new String[] {"net/tcp", "net/tcp6"}) {
      for (String line : Files.readAllLines(process.resolve(table))) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length > INODE && columns[STATE].equals(ESTABLISHED)) {
          sockets.add("socket:[" + columns[INODE] + "]");
        }
      }
    }
    return sockets;
  }

  private static String target(Path file) throws IOException {
    try {
      return Files.readSymbolicLink(file).toString();
    } catch (NoSuchFileException _) {
      return ""; // closed meanwhile
    }
  }

  static long residentKib(long pid) {
    return status(pid, "VmRSS:");
  }

  static int threads(long pid) {
    return Math.toIntExact(status(pid, "Threads:"));
  }

  private static long status(long pid, String name) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
