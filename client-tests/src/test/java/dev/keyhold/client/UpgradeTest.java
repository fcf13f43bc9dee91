package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.TestPorts;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every released version has written opens for ever, and what it has written of the schema is
/// never edited.
@Tag(Chaos.TAG)
class UpgradeTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F21 upgrade",
          "what released versions wrote, opened, migrated and killed meanwhile; a newer schema");

  private static final int KILLS = 3 * Chaos.rounds(1);
  private static final int SHARED_KILLS = Chaos.rounds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ANCHOR = "root.key.anchor";

  /// What makes a store what a version without these tables would have left.
  private static final String[] TO_EARLIER_SCHEMA = {
    "DROP TABLE IF EXISTS audit_event",
    "DROP TABLE IF EXISTS store_identity",
    "DELETE FROM flyway_schema_history WHERE CAST(version AS INTEGER) >= 6"
  };

  @TempDir private Path folder;

  static List<Fixture> fixtures() {
    List<Fixture> all = Fixture.all();
    assertThat(all).isNotEmpty();
    return all;
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void migrationsOfAReleaseAreNotEdited(Fixture fixture) throws Exception {
    assertThat(FixtureWriter.migrations())
        .describedAs(
            "%s has these migrations: add another one instead of editing one of them",
            fixture.folder())
        .containsAll(fixture.migrations());
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void dataFolderOpens(Fixture fixture) throws IOException {
    Path data = fixture.copyData(folder.resolve("data"));
    verified(fixture, data, List.of("--data", data.toString()));
    try (var server = fixture.server(data)) {
      answersAsBefore(fixture, server);
      // Once more, at the time it is now: nothing is left to migrate, access keys sign.
      assertThat(server.stop()).isZero();
      server.with("dev.clock-offset", "PT0S").start();
      Kms kms = Kms.of(server.tenant());
      String key = kms.newKey();
      assertThat(kms.decrypt(key, kms.encrypt(key, Deks.EXAMPLE).getCipherText()).getDataKey())
          .isEqualToIgnoringCase(Deks.EXAMPLE);
      assertThat(server.stop()).isZero();
    }
    verified(fixture, data, List.of("--data", data.toString()));
    audited(data);
  }

  private static void verified(Fixture fixture, Path data, List<String> where) throws IOException {
    run(List.of("store", "verify"), data, where).ok();
    assertThat(Files.exists(fixture.backup())).isTrue();
  }

  /// Records of that version are read, beside new ones.
  private static void audited(Path data) throws IOException {
    String all =
        run(List.of("audit", "export"), data, List.of("--data", data.toString())).ok().output();
    assertThat(all).contains("\"action\":\"create-key\"", "\"action\":\"decrypt-data\"");
  }

  private static BackupTest.Ended run(List<String> command, Path data, List<String> where)
      throws IOException {
    var all = new ArrayList<>(command);
    all.addAll(where);
    Fixture.properties(data).forEach(property -> all.addAll(List.of("--set", property)));
    return BackupTest.keyhold(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void backupIsRestoredIntoEitherStore(Fixture fixture) throws IOException {
    Path data = node(fixture, "sqlite");
    List<String> input = List.of("--input", fixture.backup().toAbsolutePath().toString());
    run(
            List.of("restore"),
            data,
            Stream.concat(Stream.of("--data", data.toString()), input.stream()).toList())
        .ok();
    try (var server = fixture.server(data)) {
      answersAsBefore(fixture, server);
    }

    Path node = node(fixture, "node");
    String url = TestPostgres.shared().newDatabase();
    List<String> shared = on(node, sharedStore(url));
    run(List.of("restore"), node, Stream.concat(shared.stream(), input.stream()).toList()).ok();
    try (var server = onShared(fixture, node, url)) {
      answersAsBefore(fixture, server);
      server.stop();
    }
    run(List.of("store", "verify"), node, shared).ok();

    TestPostgres.shared()
        .sql(
            url,
            "INSERT INTO flyway_schema_history SELECT installed_rank + 1000, '9999', description,"
                + " type, script, checksum, installed_by, installed_on, execution_time, success"
                + " FROM flyway_schema_history WHERE version = '1'");
    refusedByTheOlder(run(server(), node, shared));
  }

  /// A database that a newer version has migrated.
  @ParameterizedTest
  @MethodSource("fixtures")
  void newerSchemaIsRefusedUntouched(Fixture fixture) throws Exception {
    Path data = fixture.copyData(folder.resolve("data"));
    edit(
        data,
        "INSERT INTO flyway_schema_history SELECT installed_rank + 1000, '9999', description,"
            + " type, script, checksum, installed_by, installed_on, execution_time, success"
            + " FROM flyway_schema_history WHERE version = '1'");
    byte[] before = Files.readAllBytes(data.resolve("keyhold.db"));
    refusedByTheOlder(run(server(), data, List.of("--data", data.toString())));
    assertThat(Files.readAllBytes(data.resolve("keyhold.db"))).isEqualTo(before);
  }

  private static List<String> server() {
    return List.of("server", "--dev", "--listen", "127.0.0.1:" + TestPorts.free());
  }

  private static void refusedByTheOlder(BackupTest.Ended ended) {
    assertThat(ended.refused("was written by a newer Keyhold").exitCode()).isEqualTo(3);
  }

  private static void edit(Path data, String... statements) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("keyhold.db"));
        var statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  /// The start that migrates is killed at random moments; a later one goes on.
  @ParameterizedTest
  @MethodSource("fixtures")
  void startThatMigratesMayBeKilled(Fixture fixture) throws Exception {
    Random random = seeded();
    Path old = fixture.copyData(folder.resolve("old"));
    edit(old, TO_EARLIER_SCHEMA);
    Files.deleteIfExists(old.resolve(ANCHOR));
    Path data = folder.resolve("data");
    for (int round = 0; round < KILLS; round++) {
      if (Files.exists(data)) {
        ServerProcess.delete(data);
      }
      copy(old, data);
      Files.copy(
          folder.resolve("old.passphrase"),
          folder.resolve("data.passphrase"),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
      try (var server = fixture.server(data)) {
        for (int kill = 0; kill < 2; kill++) {
          Process started = server.launch();
          server.awaitStore();
          var _ = started.waitFor(random.nextInt(1200), TimeUnit.MILLISECONDS);
          server.kill();
        }
        answersAsBefore(fixture, server);
        assertThat(server.stop()).isZero();
      }
      run(List.of("store", "verify"), data, List.of("--data", data.toString())).ok();
    }
  }

  /// The same on the shared store, where two nodes start at once.
  @ParameterizedTest
  @MethodSource("fixtures")
  void nodesThatMigrateTheSharedStoreMayBeKilled(Fixture fixture) throws Exception {
    Random random = seeded();
    String url = TestPostgres.shared().newDatabase();
    Path one = node(fixture, "one");
    Path other = node(fixture, "other");
    List<String> shared = sharedStore(url);
    run(
            List.of("restore"),
            one,
            Stream.concat(
                    on(one, shared).stream(),
                    Stream.of("--input", fixture.backup().toAbsolutePath().toString()))
                .toList())
        .ok();
    for (int round = 0; round < SHARED_KILLS; round++) {
      for (String statement : TO_EARLIER_SCHEMA) {
        TestPostgres.shared().sql(url, statement);
      }
      Files.deleteIfExists(one.resolve(ANCHOR));
      Files.deleteIfExists(other.resolve(ANCHOR));
      try (var first = onShared(fixture, one, url);
          var second = onShared(fixture, other, url)) {
        killBetweenAChangeAndItsRecord(url, first, second);
        Process started = first.launch();
        second.launch();
        ServerProcess.await(PATIENCE, () -> connections(url) > 0);
        var _ = started.waitFor(random.nextInt(2200), TimeUnit.MILLISECONDS);
        first.kill();
        second.kill();
        answersAsBefore(fixture, first);
        answersAsBefore(fixture, second);
        assertThat(first.stop()).isZero();
        assertThat(second.stop()).isZero();
      }
      run(List.of("store", "verify"), one, on(one, shared)).ok();
    }
  }

  /// Whichever of the two migrates has made the first table when it dies, and could not yet record
  /// that it had, which Flyway does on another connection.
  private static void killBetweenAChangeAndItsRecord(
      String url, ServerProcess first, ServerProcess second) throws Exception {
    try (var connection = DriverManager.getConnection(url, TestPostgres.USER, "");
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE flyway_schema_history IN SHARE MODE");
      first.launch();
      second.launch();
      ServerProcess.await(
          PATIENCE,
          () ->
              !TestPostgres.shared()
                  .value(
                      url,
                      "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
                          + " AND relation = 'flyway_schema_history'::regclass"
                          + " AND EXISTS (SELECT 1 FROM pg_locks made JOIN pg_database d"
                          + " ON d.oid = made.database WHERE d.datname = current_database()"
                          + " AND made.granted AND made.mode = 'AccessExclusiveLock')")
                  .equals("0"));
      first.kill();
      second.kill();
      connection.rollback();
    }
    // What dies with the server is its connection, and with that its transaction.
    ServerProcess.await(PATIENCE, () -> connections(url) == 0);
    assertThat(
            TestPostgres.shared()
                .value(url, "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'audit_event'"))
        .isEqualTo("0");
  }

  private static int connections(String url) {
    return Integer.parseInt(
        TestPostgres.shared()
            .value(
                url,
                "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'keyhold'"
                    + " AND datname = current_database()"));
  }

  private static Random seeded() {
    long seed = Chaos.seed();
    System.out.println("kills during the migration, seed " + seed);
    return new Random(seed);
  }

  private Path node(Fixture fixture, String name) throws IOException {
    return fixture.copyData(folder.resolve(name), "root.key", "dev-credentials.json");
  }

  private static List<String> sharedStore(String url) {
    return List.of("--set", "store.url=" + url, "--set", "store.user=" + TestPostgres.USER);
  }

  private static List<String> on(Path data, List<String> store) {
    return Stream.concat(Stream.of("--data", data.toString()), store.stream()).toList();
  }

  private static ServerProcess onShared(Fixture fixture, Path node, String url) throws IOException {
    return fixture.server(node).with("store.url", url).with("store.user", TestPostgres.USER);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static void answersAsBefore(Fixture fixture, ServerProcess server) throws IOException {
    server.start();
    Samples.answerAsBefore(fixture.samples().path("samples"), server);
  }
}
