package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.feed.Change;
import dev.keyhold.feed.ChangeFeed;
import dev.keyhold.feed.Followed;
import dev.keyhold.feed.Follower;
import dev.keyhold.feed.Freshness;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/// What a node forgets when the PostgreSQL behind its change feed breaks off, is started again, or
/// is another one.
class PostgresHistoryTest {
  private static final Duration MOST = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static TestPostgres postgres;
  private static String migrated;

  private final List<String> forgotten = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private String url;

  @BeforeAll
  static void start() {
    postgres = TestPostgres.start(false);
    migrated = migrated(postgres);
  }

  @AfterAll
  static void stop() {
    if (postgres != null) {
      postgres.close();
    }
  }

  @BeforeEach
  void copy() {
    url = postgres.copyOf(migrated);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  private static String migrated(TestPostgres on) {
    String url = on.newDatabase();
    PostgresDatabase.open(PostgresStore.settings(url, PATIENCE), _ -> {}).close();
    return url;
  }

  private Follower follower(String through, String user) {
    return follower(feed(through, user, 30));
  }

  private static PostgresFeed feed(String through, String user, int socketTimeout) {
    String parameter = (through.contains("?") ? "&" : "?") + "socketTimeout=" + socketTimeout;
    return new PostgresFeed(
        () -> DriverManager.getConnection(through + parameter, user, ""),
        false,
        new ServerRuns(System::nanoTime));
  }

  private Follower follower(ChangeFeed feed) {
    var caches = new EnumMap<Change.Kind, Followed>(Change.Kind.class);
    for (Change.Kind kind : Change.Kind.values()) {
      caches.put(
          kind, new Followed(id -> forgotten.add(kind + " " + id), () -> forgotten.add("all")));
    }
    var follower =
        new Follower(feed, caches, Freshness.within(MOST, System::nanoTime), System::nanoTime);
    opened.add(follower);
    follower.look();
    forgotten.clear();
    return follower;
  }

  private Follower follower() {
    return follower(url, TestPostgres.USER);
  }

  private void assertForgetsEverythingOnce(Follower follower) {
    follower.look();
    assertThat(forgotten).hasSize(Change.Kind.values().length).containsOnly("all");
    forgotten.clear();
    follower.look();
    assertThat(forgotten).isEmpty();
  }

  private static void change(String url, String id) {
    try (Connection connection = DriverManager.getConnection(url, TestPostgres.USER, "")) {
      connection.setAutoCommit(false);
      var session = new Session(connection, true, PostgresDialect.INSTANCE);
      SqlChangeFeed.append(session, List.of(new Change(Change.Kind.KEY, id)), "node");
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void endConnections(TestPostgres on, String url) {
    on.sql(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  @Test
  void aConnectionThatIsReplacedByOneToTheSameServerMissesNothingAndForgetsNothingElse() {
    Follower follower = follower();
    endConnections(postgres, url);
    change(url, "a");
    follower.look(); // finds it broken
    assertThat(forgotten).isEmpty();
    follower.look();
    assertThat(forgotten).containsExactly("KEY a");
  }

  @Test
  void aServerThatWasTooSlowForALookMakesItForgetNothing() {
    Follower follower = follower(feed(url, TestPostgres.USER, 1));
    change(url, "a");
    postgres.signal("STOP");
    try {
      follower.look();
    } finally {
      postgres.signal("CONT");
    }
    assertThat(forgotten).isEmpty();
    for (int i = 0; i < 10 && forgotten.isEmpty(); i++) { // it may still be slow
      follower.look();
    }
    assertThat(forgotten).containsExactly("KEY a");
  }

  @Test
  void aServerThatWasStartedAgainMakesItForgetEverything() {
    Follower follower = follower();
    postgres.stop();
    follower.look();
    postgres.start();
    assertForgetsEverythingOnce(follower);
  }

  /// It recovers by itself then, and counts as never stopped.
  @Test
  void aServerOfWhichOneProcessHasCrashedMakesItForgetEverything() throws Exception {
    String start = "SELECT pg_postmaster_start_time()";
    String recovery = "SELECT stats_reset FROM pg_stat_bgwriter";
    Follower follower = follower();
    String started = postgres.value(url, start);
    String recovered = postgres.value(url, recovery);
    try (var victim = DriverManager.getConnection(url, TestPostgres.USER, "")) {
      int process = victim.unwrap(PGConnection.class).getBackendPID();
      ProcessHandle.of(process).orElseThrow().destroyForcibly();
      while (valueOnceItAnswers(recovery).equals(recovered)) {
        Thread.onSpinWait();
      }
    }
    follower.look();
    assertThat(forgotten).isEmpty();
    assertThat(postgres.value(url, start)).isEqualTo(started);
    assertForgetsEverythingOnce(follower);
  }

  private String valueOnceItAnswers(String query) throws InterruptedException {
    for (int i = 0; i < 600; i++) {
      try {
        return postgres.value(url, query);
      } catch (IllegalStateException _) {
        Thread.sleep(50);
      }
    }
    throw new AssertionError("it does not recover");
  }

  /// As of a restore into its place. The positions of the feed are the same in both.
  @Test
  void aDatabaseThatWasMadeAnewMakesItForgetEverything() {
    Follower follower = follower();
    String name = url.substring(url.lastIndexOf('/') + 1);
    String other = postgres.copyOf(migrated);
    postgres.dropDatabase(url);
    postgres.sql(
        migrated,
        "ALTER DATABASE " + other.substring(other.lastIndexOf('/') + 1) + " RENAME TO " + name);
    follower.look();
    assertForgetsEverythingOnce(follower);
  }

  @Test
  void keysThatWereReplacedMakeItForgetEverything() {
    Follower follower = follower();
    for (int i = 0; i < 20; i++) { // its plan is a kept one by then
      follower.look();
    }
    postgres.sql(url, "TRUNCATE cmk CASCADE");
    assertForgetsEverythingOnce(follower);
  }

  /// Nothing but its answers shows it: the connection is as it was.
  @Test
  void anotherServerBehindAnOpenConnectionMakesItForgetEverything() {
    try (var other = TestPostgres.start(false);
        var board = Switchboard.to(postgres)) {
      String there = migrated(other);
      assertThat(there.substring(there.lastIndexOf('/'))).isEqualTo("/db1");
      Follower follower = follower(board.url(migrated), TestPostgres.USER);
      board.swap(other);
      assertForgetsEverythingOnce(follower);
      change(there, "a");
      follower.look();
      assertThat(forgotten).containsExactly("KEY a");
      forgotten.clear();
      board.swap(postgres);
      follower.look();
      assertThat(forgotten).contains("all");
    }
  }

  /// What a standby shows may be old: it says nothing of how fresh the node is.
  @Test
  void aStandbyBehindAnOpenConnectionIsNotFollowedUntilItIsPromoted() {
    try (var first = TestPostgres.start(false)) {
      String there = migrated(first);
      try (var standby = first.synchronousStandby();
          var board = Switchboard.to(first)) {
        first.sql(there, "ALTER SYSTEM RESET synchronous_standby_names");
        first.sql(there, "SELECT pg_reload_conf()");
        PostgresFeed feed = feed(board.url(there), TestPostgres.USER, 30);
        Follower follower = follower(feed);
        board.swap(standby);
        assertThatThrownBy(() -> feed.from(0, 10))
            .isInstanceOf(Unavailable.class)
            .hasRootCauseMessage("the connection leads to a standby");
        assertThatThrownBy(feed::newest).isInstanceOf(Unavailable.class);
        standby.promote();
        assertForgetsEverythingOnce(follower);
      }
    }
  }

  /// What calls read there is in memory, whatever the feed leads to.
  @Test
  void anotherServerBehindACallsConnectionMakesItForgetEverything() {
    try (var other = TestPostgres.start(false);
        var board = Switchboard.to(postgres)) {
      migrated(other);
      var database =
          PostgresDatabase.open(PostgresStore.settings(board.url(migrated), PATIENCE), _ -> {});
      opened.add(database);
      Follower follower = follower(database.sharing().orElseThrow().feed());
      follower.look();
      assertThat(forgotten).isEmpty();
      board.route(other);
      inside(database, 6, () -> {}); // more connections than are kept
      follower.look();
      assertThat(forgotten).contains("all");
    }
  }

  private static void inside(PostgresDatabase database, int depth, Runnable work) {
    if (depth == 0) {
      work.run();
    } else {
      boolean _ =
          database.query(session -> {
            inside(database, depth - 1, work);
            return true;
          });
    }
  }

  @Test
  void aServerThatDoesNotTellWhatItIsMakesItForgetEverythingWithEachConnection() {
    postgres.sql(
        url,
        "REVOKE EXECUTE ON FUNCTION pg_postmaster_start_time() FROM PUBLIC",
        "DROP ROLE IF EXISTS plain",
        "CREATE ROLE plain LOGIN",
        "GRANT SELECT ON change_feed TO plain");
    Follower follower = follower(url, "plain");
    follower.look();
    assertThat(forgotten).isEmpty();
    endConnections(postgres, url);
    follower.look();
    assertThat(forgotten).isEmpty();
    assertForgetsEverythingOnce(follower);
    change(url, "a");
    follower.look();
    assertThat(forgotten).containsExactly("KEY a");
    postgres.sql(url, "REVOKE SELECT ON change_feed FROM plain", "DROP ROLE plain");
  }

  /// Least privilege: it needs no more than to read the feed.
  @Test
  void anybodyMayAsk() throws Exception {
    postgres.sql(url, "DROP ROLE IF EXISTS plain", "CREATE ROLE plain LOGIN");
    try (Connection connection = DriverManager.getConnection(url, "plain", "")) {
      assertThat(ServerRun.of(connection)).isPresent();
    }
    postgres.sql(url, "DROP ROLE plain");
  }

  @Test
  void onlyAPostgresIsTakenForOne() {
    assertThat(List.of("15.4", "15.18 (Debian 15.18-0+deb12u1)", "18.0 (Ubuntu 18.0-1)"))
        .allMatch(ServerRun::isPostgres);
    assertThat(List.of("13.0.0", "15.2-YB-2.25.0.0-b0", "19beta1", ""))
        .noneMatch(ServerRun::isPostgres);
  }
}
