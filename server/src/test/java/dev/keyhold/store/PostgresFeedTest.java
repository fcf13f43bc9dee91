package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Change;
import dev.keyhold.feed.ChangeFeed.Entry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The feed on a real PostgreSQL, started for this class alone.
final class PostgresFeedTest {
  private static final Path BIN = Path.of("/usr/lib/postgresql/15/bin");
  private static final Duration LONG = Duration.ofSeconds(60);

  private static Path folder = Path.of("");
  private static int port;

  @BeforeAll
  static void startPostgres() throws Exception {
    boolean there = Files.isExecutable(BIN.resolve("initdb"));
    if (!there && "true".equals(System.getenv("CI"))) {
      throw new AssertionError(BIN + " is not there: install postgresql");
    }
    assumeThat(there).describedAs("PostgreSQL is not installed: " + BIN).isTrue();
    folder = Files.createTempDirectory("keyhold-feed-");
    run("chmod", "777", folder.toString());
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    String data = folder.resolve("pg").toString();
    postgres("initdb", "-D", data, "-A", "trust", "-N", "-U", "keyhold");
    control("start");
  }

  private static void control(String verb) throws Exception {
    postgres(
        "pg_ctl",
        "-D",
        folder.resolve("pg").toString(),
        "-w",
        "-m",
        "immediate",
        "-l",
        folder.resolve("log").toString(),
        "-o",
        "-p " + port + " -c fsync=off -c listen_addresses=127.0.0.1 -k " + folder,
        verb);
  }

  private static void postgres(String program, String... arguments) throws Exception {
    var command = new ArrayList<String>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    command.add(BIN.resolve(program).toString());
    command.addAll(List.of(arguments));
    run(command.toArray(String[]::new));
  }

  private static void run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .describedAs(String.join(" ", command) + ": " + Files.readString(folder.resolve("out")))
        .isZero();
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    if (port == 0) {
      return;
    }
    control("stop");
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @BeforeEach
  void emptyFeed() throws SQLException, IOException {
    try (var migration =
            SqlChangeFeed.class.getResourceAsStream("/db/migration/V5__change_feed.sql");
        Connection connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS change_feed, change_position, lease");
      statement.execute(new String(migration.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=keyhold&socketTimeout=5");
  }

  /// One transaction; `beforeCommit` runs when its positions are taken.
  private static void change(String id, boolean announce, Runnable beforeCommit)
      throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      var session = new Session(connection, true, PostgresFeed.NOW_MILLIS);
      SqlChangeFeed.append(session, List.of(new Change(Change.Kind.KEY, id)), "node");
      if (announce) {
        PostgresFeed.announce(session);
      }
      beforeCommit.run();
      connection.commit();
    }
  }

  @Test
  void noChangeTurnsUpBehindAReader() throws Exception {
    int writers = 4;
    int changes = 100;
    var seen = new ArrayList<Entry>();
    try (var feed = new PostgresFeed(PostgresFeedTest::connect, true);
        var threads = Executors.newFixedThreadPool(writers)) {
      Entry last = feed.newest();
      var running = new ArrayList<Future<Void>>();
      for (int w = 0; w < writers; w++) {
        String writer = "w" + w;
        Callable<Void> work =
            () -> {
              for (int i = 0; i < changes; i++) {
                change(writer + "-" + i, true, Thread::yield);
              }
              return null;
            };
        running.add(threads.submit(work));
      }
      boolean done = false;
      while (!done) {
        done = running.stream().allMatch(Future::isDone);
        List<Entry> entries = feed.from(last.position(), 10_000);
        assertThat(entries.getFirst()).isEqualTo(last);
        for (Entry entry : entries.subList(1, entries.size())) {
          assertThat(entry.position()).isEqualTo(last.position() + 1);
          seen.add(entry);
          last = entry;
        }
      }
      for (Future<Void> writer : running) {
        writer.get();
      }
    }
    assertThat(seen).extracting(Entry::id).doesNotHaveDuplicates().hasSize(writers * changes);
  }

  @Test
  void aChangeThatIsNotCommittedHoldsUpTheNextOne() throws Exception {
    var second = new FutureTask<>(() -> change2());
    change(
        "first",
        true,
        () -> {
          Thread waiting = Thread.ofPlatform().start(second);
          long end = System.nanoTime() + LONG.toNanos();
          while (locksWaitedFor() == 0 && waiting.isAlive() && System.nanoTime() < end) {
            Thread.onSpinWait();
          }
          assertThat(second.isDone()).isFalse();
        });
    second.get(LONG.toSeconds(), TimeUnit.SECONDS);
    try (var feed = new PostgresFeed(PostgresFeedTest::connect, false)) {
      assertThat(feed.from(0, 10)).extracting(Entry::id).endsWith("first", "second");
    }
  }

  private static boolean change2() throws SQLException {
    change("second", true, () -> {});
    return true;
  }

  private static int locksWaitedFor() {
    try (Connection connection = connect();
        var statement = connection.createStatement();
        var result = statement.executeQuery("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")) {
      assertThat(result.next()).isTrue();
      return result.getInt(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aChangeWakesThoseWhoListen() throws Exception {
    try (var feed = new PostgresFeed(PostgresFeedTest::connect, true)) {
      Entry last = feed.newest();
      change("a", true, () -> {});
      long began = System.nanoTime();
      feed.await(LONG); // a minute, were it not for the notification
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG);
      assertThat(feed.from(last.position(), 10)).hasSize(2);
    }
  }

  @Test
  void aReaderThatLostItsConnectionGetsANewOneAndListensAgain() throws Exception {
    try (var feed = new PostgresFeed(PostgresFeedTest::connect, true)) {
      Entry last = feed.newest();
      control("stop");
      feed.await(Duration.ofMillis(250));
      assertThatThrownBy(feed::newest).isInstanceOf(Unavailable.class);
      control("start");
      assertThat(feed.from(last.position(), 10)).containsExactly(last);
      change("a", true, () -> {});
      long began = System.nanoTime();
      feed.await(LONG);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG);
      assertThat(feed.from(last.position(), 10)).hasSize(2);
    }
  }
}
