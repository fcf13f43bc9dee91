package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.TestPorts;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Change;
import dev.keyhold.feed.ChangeFeed.Entry;
import dev.keyhold.feed.Followed;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Follower;
import dev.keyhold.feed.Freshness;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.PasswordHash;
import dev.keyhold.iam.User;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.DomainId;
import dev.keyhold.seal.TestKeks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The feed on a real PostgreSQL, started for this class alone.
@Tag(Chaos.TAG)
final class PostgresFeedTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of("F6 feed", "changes side by side, and a follower whose connection breaks");

  private static final Path BIN = Path.of("/usr/lib/postgresql/15/bin");
  private static final IdentityMac IDENTITIES = new IdentityMac(TestKeks.inMemory());
  private static final PasswordHash HASH = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGE");
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
    port = TestPorts.free();
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
        var tables =
            SqlChangeFeed.class.getResourceAsStream("/db/migration/V1__keys_and_callers.sql");
        Connection connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
      statement.execute(
          new String(tables.readAllBytes(), StandardCharsets.UTF_8)
              .replace("${blob}", "BYTEA")
              .replace("${text}", "TEXT"));
      statement.execute(
          new String(migration.readAllBytes(), StandardCharsets.UTF_8).replace("${text}", "TEXT"));
    }
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=keyhold&socketTimeout=5");
  }

  private static PostgresFeed feed(boolean listens) {
    return new PostgresFeed(PostgresFeedTest::connect, listens, new ServerRuns(System::nanoTime));
  }

  /// One transaction; `beforeCommit` runs when its positions are taken.
  private static void change(String id, boolean announce, Runnable beforeCommit)
      throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      var session = new Session(connection, true, PostgresDialect.INSTANCE);
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
    try (var feed = feed(true);
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
    try (var feed = feed(false)) {
      assertThat(feed.from(0, 10)).extracting(Entry::id).endsWith("first", "second");
    }
  }

  /// How long other nodes go on after a change was acknowledged; printed. What decides is that they
  /// stop at all.
  @Test
  void aUserWhoWasDisabledOnOneNodeIsRefusedByTheOthersWithNotifications() throws Exception {
    revocations(true);
  }

  @Test
  void aUserWhoWasDisabledOnOneNodeIsRefusedByTheOthersWithoutNotifications() throws Exception {
    revocations(false);
  }

  private static void revocations(boolean notifies) throws Exception {
    int rounds = Chaos.rounds(5);
    var domain = new Domain(DomainId.random(), new Name("acme"));
    var a =
        new SqlIamRepository(
            new PlainPostgres(PostgresFeedTest::connect, "a", notifies), IDENTITIES);
    a.insert(domain);
    long longest = 0;
    try (var b = new Node("b", notifies);
        var c = new Node("c", notifies);
        var threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < rounds; round++) {
        var user = new User(UserId.random(), domain.id(), new Name("u" + round), HASH, 0, true);
        a.insert(user);
        var reads = new CountDownLatch(2);
        Future<Long> lastOnB = threads.submit(() -> b.readsUntilDisabled(user.id(), reads));
        Future<Long> lastOnC = threads.submit(() -> c.readsUntilDisabled(user.id(), reads));
        assertThat(reads.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        a.disableUser(user.id());
        long acknowledged = System.nanoTime();
        for (Future<Long> last : List.of(lastOnB, lastOnC)) {
          long lag = last.get(LONG.toSeconds(), TimeUnit.SECONDS) - acknowledged;
          longest = Math.max(longest, lag);
        }
      }
    }
    ROW.figure(
        "%d rounds %s NOTIFY: last use on another node %.1f ms after the acknowledgement"
            .formatted(rounds, notifies ? "with" : "without", longest / 1e6));
    assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofSeconds(5));
  }

  /// A node's memory of users, as fresh as the feed makes it.
  private static final class Node implements AutoCloseable {
    private final FollowedCache<UserId, User> users;
    private final Follower follower;
    private final SqlIamRepository iam;

    Node(String name, boolean notifies) {
      Freshness freshness = Freshness.within(Duration.ofSeconds(5), System::nanoTime);
      var database = new PlainPostgres(PostgresFeedTest::connect, name, notifies);
      iam = new SqlIamRepository(database, IDENTITIES);
      users = FollowedCache.of(Caffeine.newBuilder(), freshness);
      var caches = new EnumMap<Change.Kind, Followed>(Change.Kind.class);
      for (Change.Kind kind : Change.Kind.values()) {
        caches.put(kind, new Followed(_ -> {}, () -> {}));
      }
      caches.put(
          Change.Kind.USER, new Followed(id -> users.forget(new UserId(id)), users::forgetAll));
      follower =
          new Follower(database.sharing().orElseThrow().feed(), caches, freshness, System::nanoTime)
              .start();
    }

    /// @return when the last read that found the user enabled began
    long readsUntilDisabled(UserId id, CountDownLatch reads) {
      long last = 0;
      while (true) {
        long began = System.nanoTime();
        User user = users.find(id).or(() -> users.load(id, iam::user)).orElseThrow();
        if (!user.enabled()) {
          return last;
        }
        last = began;
        reads.countDown();
        Thread.onSpinWait();
      }
    }

    @Override
    public void close() {
      follower.close();
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
    try (var feed = feed(true)) {
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
    try (var feed = feed(true)) {
      Entry last = feed.newest();
      assertThat(feed.from(last.position(), 10)).containsExactly(last);
      long history = feed.history();
      control("stop");
      feed.await(Duration.ofMillis(250));
      assertThatThrownBy(feed::newest).isInstanceOf(Unavailable.class);
      control("start");
      assertThat(feed.from(last.position(), 10)).containsExactly(last);
      assertThat(feed.history()).isNotEqualTo(history);
      change("a", true, () -> {});
      long began = System.nanoTime();
      feed.await(LONG);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG);
      assertThat(feed.from(last.position(), 10)).hasSize(2);
    }
  }
}
