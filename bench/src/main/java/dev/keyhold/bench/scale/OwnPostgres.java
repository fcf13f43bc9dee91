package dev.keyhold.bench.scale;

import dev.keyhold.bench.load.LoadFailed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A PostgreSQL on loopback whose files stay in a folder. Run as `postgres` when this is run as
/// root, which PostgreSQL refuses.
final class OwnPostgres implements AutoCloseable {
  static final String USER = "keyhold";
  private static final Path PROGRAMS = Path.of("/usr/lib/postgresql");
  private static final int TICKS_PER_SECOND = 100;

  private final Path bin;
  private final Path folder;
  private final int port;
  private final Thread stopper = new Thread(this::stop, "stop-postgres");

  private OwnPostgres(Path bin, Path folder, int port) {
    this.bin = bin;
    this.folder = folder;
    this.port = port;
  }

  static boolean isInstalled() throws IOException {
    return !versions().isEmpty();
  }

  /// @param folder made when it is missing
  static OwnPostgres start(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    var postgres =
        new OwnPostgres(versions().getLast(), folder.toAbsolutePath().normalize(), freePort());
    if (!Files.exists(folder.resolve("made"))) {
      postgres.run(
          "initdb",
          "-D",
          postgres.data(),
          "-A",
          "trust",
          "-U",
          USER,
          "-E",
          "UTF8",
          "--locale=C.UTF-8");
      Files.createFile(folder.resolve("made"));
    }
    String options =
        "-c listen_addresses=127.0.0.1 -p %d -k %s".formatted(postgres.port, postgres.folder);
    String log = postgres.folder.resolve("log").toString();
    postgres.run("pg_ctl", "-D", postgres.data(), "-l", log, "-w", "-o", options, "start");
    Runtime.getRuntime().addShutdownHook(postgres.stopper);
    return postgres;
  }

  private static List<Path> versions() throws IOException {
    if (!Files.isDirectory(PROGRAMS)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(PROGRAMS)) {
      return found
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  void createDatabase(String name) throws SQLException {
    if (number("postgres", "SELECT COUNT(*) FROM pg_database WHERE datname = '" + name + "'")
        == 0) {
      try (var connection = DriverManager.getConnection(url("postgres"), USER, "");
          var statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + name);
      }
    }
  }

  long number(String database, String query) throws SQLException {
    try (var connection = DriverManager.getConnection(url(database), USER, "");
        var statement = connection.createStatement();
        var result = statement.executeQuery(query)) {
      result.next();
      return result.getLong(1);
    }
  }

  /// Of all its processes that live now, user and system. One that has ended is missed.
  Duration cpu() throws IOException {
    String postmaster = Files.readAllLines(Path.of(data(), "postmaster.pid")).getFirst();
    long ticks = 0;
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        if (process.getFileName().toString().matches("\\d+")) {
          ticks += ticks(process, postmaster);
        }
      }
    }
    return Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND);
  }

  private static long ticks(Path process, String parent) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return fields[1].equals(parent) || process.endsWith(parent)
          ? Long.parseLong(fields[11]) + Long.parseLong(fields[12])
          : 0;
    } catch (IOException _) {
      return 0; // it has ended
    }
  }

  private void stop() {
    try {
      run("pg_ctl", "-D", data(), "-m", "fast", "-w", "stop");
    } catch (IOException | InterruptedException e) {
      System.err.println("bench: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(stopper);
    stop();
  }

  private void run(String program, String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    command.add(bin.resolve(program).toString());
    command.addAll(List.of(arguments));
    // A pipe would stay open as long as the server runs.
    Path output = Files.createTempFile("keyhold-postgres-", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (process.waitFor() != 0) {
        throw new LoadFailed(program + " failed: " + Files.readString(output));
      }
    } finally {
      Files.delete(output);
    }
  }
}
