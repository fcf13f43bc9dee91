package dev.keyhold.store;

import dev.keyhold.TestPorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/// A PostgreSQL of the tests' own, on loopback, whose files go when it is closed. Started as
/// `postgres` when the tests run as root, which PostgreSQL refuses.
public final class TestPostgres implements AutoCloseable {
  /// May do everything, and needs no password.
  public static final String USER = "keyhold";

  private final Path bin;
  private final Path folder;
  private final int port;
  private final boolean durable;
  private final AtomicInteger databases = new AtomicInteger();

  private TestPostgres(Path bin, Path folder, int port, boolean durable) {
    this.bin = bin;
    this.folder = folder;
    this.port = port;
    this.durable = durable;
  }

  /// The one that all tests of this process share, which waits for no disk.
  public static TestPostgres shared() {
    return Shared.INSTANCE.orElseGet(TestPostgres::skipped);
  }

  /// One that may be stopped and killed.
  ///
  /// @param durable whether it waits for the disk
  public static TestPostgres start(boolean durable) {
    return programs().map(bin -> start(bin, durable)).orElseGet(TestPostgres::skipped);
  }

  private static final class Shared {
    private static final Optional<TestPostgres> INSTANCE =
        programs().map(bin -> TestPostgres.start(bin, false));

    static {
      INSTANCE.ifPresent(
          postgres -> Runtime.getRuntime().addShutdownHook(new Thread(postgres::close)));
    }
  }

  private static TestPostgres skipped() {
    String message = "there is no /usr/lib/postgresql/*/bin/initdb: apt-get install postgresql";
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(message);
    }
    throw new TestAbortedException(message); // skipped
  }

  private static Optional<Path> programs() {
    Path all = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(all)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(all)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static TestPostgres start(Path bin, boolean durable) {
    try {
      var postgres = new TestPostgres(bin, newFolder(), TestPorts.free(), durable);
      // Not a language that compares as bytes do: what we rely on must be in the schema.
      postgres.run(
          "initdb",
          "-D",
          postgres.data(),
          "-A",
          "trust",
          "-U",
          USER,
          "-N",
          "-E",
          "UTF8",
          "--locale=C.UTF-8");
      postgres.start();
      return postgres;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path newFolder() throws IOException {
    Path folder = Files.createTempDirectory("keyhold-pg-");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    return folder;
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  /// Starts it again after [#stop].
  public void start() {
    String options =
        "-c listen_addresses=127.0.0.1 -p %d -k %s -c max_connections=200 %s"
            .formatted(port, folder, durable ? "" : "-c fsync=off");
    run(
        "pg_ctl",
        "-D",
        data(),
        "-l",
        folder.resolve("log").toString(),
        "-w",
        "-o",
        options,
        "start");
  }

  /// Ends it at once, as a crash of its process does.
  public void stop() {
    run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
  }

  /// Ends all of its processes at once, as a power cut does, without a chance to tell anybody.
  public void kill() {
    signal("KILL");
    ProcessHandle.of(pid()).ifPresent(main -> main.onExit().join());
  }

  /// Sends a signal to all of its processes: `STOP` is a machine that is there and does not answer,
  /// until `CONT`.
  public void signal(String name) {
    var command = new ArrayList<>(List.of("kill", "-" + name));
    ProcessHandle main = ProcessHandle.of(pid()).orElseThrow();
    command.add(Long.toString(main.pid()));
    main.descendants().forEach(each -> command.add(Long.toString(each.pid())));
    try {
      // One of them may have ended meanwhile, which kill tells.
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Makes a standby that follows this one; from then on a commit waits for it.
  public TestPostgres synchronousStandby() {
    try {
      Path other = newFolder();
      var standby = new TestPostgres(bin, other, TestPorts.free(), durable);
      standby.run(
          "pg_basebackup",
          "-D",
          standby.data(),
          "-h",
          "127.0.0.1",
          "-p",
          Integer.toString(port),
          "-U",
          USER,
          "-R",
          "-N",
          "-c",
          "fast");
      standby.start();
      String postgres = url("postgres");
      // Not before: the copy would wait for a standby of its own once it is the primary.
      sql(postgres, "ALTER SYSTEM SET synchronous_standby_names = '*'");
      sql(postgres, "SELECT pg_reload_conf()");
      while (!value(postgres, "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
          .equals("1")) {
        Thread.sleep(20);
      }
      return standby;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Makes the primary of this standby, which forgets the old one.
  public void promote() {
    run("pg_ctl", "-D", data(), "-w", "promote");
  }

  /// Where it listens on 127.0.0.1.
  public int port() {
    return port;
  }

  /// Turns TLS on, and asks the user `name` for TLS and `password`.
  ///
  /// @return the server's certificate, for 127.0.0.1
  public Path demandTlsAndPassword(String name, String password) {
    Path certificate = folder.resolve("server.crt");
    Path key = folder.resolve("server.key");
    runAsServer(
        List.of(
            "openssl",
            "req",
            "-new",
            "-x509",
            "-days",
            "2",
            "-nodes",
            "-newkey",
            "rsa:2048",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            key.toString(),
            "-out",
            certificate.toString()));
    try {
      Path rules = Path.of(data(), "pg_hba.conf");
      Files.writeString(
          rules,
          "hostssl all NAME 127.0.0.1/32 scram-sha-256\nhostnossl all NAME 127.0.0.1/32 reject\n"
                  .replace("NAME", name)
              + Files.readString(rules));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    for (String statement :
        List.of(
            "CREATE ROLE " + name + " LOGIN SUPERUSER PASSWORD '" + password + "'",
            "ALTER SYSTEM SET ssl_cert_file = '" + certificate + "'",
            "ALTER SYSTEM SET ssl_key_file = '" + key + "'",
            "ALTER SYSTEM SET ssl = on")) {
      sql(url("postgres"), statement);
    }
    stop();
    start();
    return certificate;
  }

  /// The process from which all of its processes come.
  public long pid() {
    try {
      // The folder is the server's, so only root or its owner can read it.
      return Long.parseLong(Files.readAllLines(Path.of(data(), "postmaster.pid")).getFirst());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Makes an empty database.
  ///
  /// @return its URL
  public String newDatabase() {
    String name = "db" + databases.incrementAndGet();
    sql(url("postgres"), "CREATE DATABASE " + name);
    return url(name);
  }

  /// Makes a database with all that is in another one, to which nobody may be connected.
  ///
  /// @return its URL
  public String copyOf(String url) {
    String name = "db" + databases.incrementAndGet();
    sql(url("postgres"), "CREATE DATABASE " + name + " TEMPLATE " + nameIn(url));
    return url(name);
  }

  public void dropDatabase(String url) {
    sql(url("postgres"), "DROP DATABASE " + nameIn(url) + " WITH (FORCE)");
  }

  private static String nameIn(String url) {
    return url.substring(url.lastIndexOf('/') + 1);
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /// Runs statements behind Keyhold's back.
  public void sql(String url, String... statements) {
    try (var connection = DriverManager.getConnection(url, USER, "");
        var statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The one value of a query.
  public String value(String url, String query) {
    try (var connection = DriverManager.getConnection(url, USER, "");
        var statement = connection.createStatement();
        var result = statement.executeQuery(query)) {
      result.next();
      return result.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (IllegalStateException e) {
      // it was stopped already
    }
    try {
      // A thousand files for each database: the process that ends here should not wait for them.
      new ProcessBuilder("rm", "-rf", folder.toString()).start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void run(String program, String... arguments) {
    var command = new ArrayList<>(List.of(bin.resolve(program).toString()));
    command.addAll(List.of(arguments));
    runAsServer(command);
  }

  private void runAsServer(List<String> program) {
    var command = new ArrayList<String>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    command.addAll(program);
    try {
      Path output = Files.createTempFile("keyhold-pg-", ".out");
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile()) // a pipe would stay open as long as the server runs
              .start();
      boolean ended = process.waitFor(2, TimeUnit.MINUTES);
      String said = Files.readString(output);
      Files.delete(output);
      if (!ended || process.exitValue() != 0) {
        throw new IllegalStateException(program.getFirst() + " failed: " + said);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
