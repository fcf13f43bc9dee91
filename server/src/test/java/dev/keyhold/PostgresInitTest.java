package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.commons.cli.DefaultParser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `keyhold init` on a shared store.
class PostgresInitTest {
  @TempDir private Path folder;
  private final TestPostgres postgres = TestPostgres.shared();
  private final String url = postgres.newDatabase();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  private int init(String data, String rootKey) throws Exception {
    var command = new InitCommand(new PrintStream(printed, true, StandardCharsets.UTF_8));
    var arguments = new ArrayList<>(List.of("--data", folder.resolve(data).toString()));
    config(rootKey)
        .forEach((name, value) -> arguments.addAll(List.of("--set", name + "=" + value)));
    return command.run(
        new DefaultParser().parse(command.options(), arguments.toArray(String[]::new)));
  }

  private Map<String, String> config(String rootKey) {
    return Map.of(
        "store.url",
        url,
        "store.user",
        TestPostgres.USER,
        "seal.file",
        folder.resolve(rootKey).toString());
  }

  private Instance open(String data, String rootKey) {
    return Instance.open(config(data, rootKey));
  }

  @Test
  void databaseThatTakesNoChangesIsToldInOneLine() throws Exception {
    String poor = "poor" + ProcessHandle.current().pid();
    postgres.sql(url, "CREATE ROLE " + poor + " LOGIN");
    var flags = new java.util.HashMap<>(config("root.key"));
    flags.put("data", folder.resolve("data").toString());
    flags.put("store.user", poor);
    assertThatThrownBy(() -> Instance.openOrCreate(load(flags)))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("permission denied for schema public. Make store.user the owner")
        .hasMessageNotContaining("\n");
    assertThatThrownBy(() -> postgres.sql(url, "SELECT * FROM cmk")); // nothing was made

    flags.put("store.user", TestPostgres.USER);
    String name = url.replaceFirst(".*/([^?]*).*", "$1");
    postgres.sql(url, "ALTER DATABASE \"" + name + "\" SET default_transaction_read_only = on");
    assertThatThrownBy(() -> Instance.openOrCreate(load(flags)))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("set read-only (default_transaction_read_only)")
        .hasMessageNotContaining("targetServerType");
  }

  private Config load(Map<String, String> flags) {
    return ConfigLoader.load(flags, Optional.empty(), Map.of(), folder);
  }

  private Config config(String data, String rootKey) {
    var flags = new java.util.HashMap<>(config(rootKey));
    flags.put("data", folder.resolve(data).toString());
    return ConfigLoader.load(flags, Optional.empty(), Map.of(), folder);
  }

  @Test
  void initialisedStoreIsOpenedByEveryNodeWithTheRootKey() throws Exception {
    assertThat(init("a", "root.key")).isZero();
    assertThat(folder.resolve("a/keyhold.db")).doesNotExist();
    try (Instance first = open("a", "root.key");
        Instance second = open("b", "root.key")) {
      assertThat(first.iam().isEmpty()).isFalse();
      assertThat(second.iam().isEmpty()).isFalse();
    }
  }

  @Test
  void nothingIsMadeForANodeWithoutTheRootKey() throws Exception {
    assertThatThrownBy(() -> open("b", "other.key"))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("keyhold init");
    assertThat(init("a", "root.key")).isZero();
    assertThatThrownBy(() -> init("b", "other.key"))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("Copy it from where this store was initialised");
    assertThat(folder.resolve("other.key")).doesNotExist();
    FileSeal.create(folder.resolve("other.key")).close();
    assertThatThrownBy(() -> open("b", "other.key")).isInstanceOf(SealException.class);
  }

  @Test
  void refusedStartLeavesAnEmptyDatabaseToWhoeverInitialisesIt() throws Exception {
    FileSeal.create(folder.resolve("other.key")).close();
    assertThatThrownBy(() -> open("b", "other.key"))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("keyhold init");
    assertThat(init("a", "root.key")).isZero();
  }

  @Test
  void oneOfTwoThatInitialiseAtOnceWins() throws Exception {
    FileSeal.create(folder.resolve("root.key")).close();
    assertThat(winners(() -> init("a", "root.key"), () -> init("b", "root.key"))).isEqualTo(1);
    assertThat(postgres.value(url, "SELECT COUNT(*) FROM iam_user")).isEqualTo("1");
  }

  @Test
  void oneOfTwoThatInitialiseAtOnceWithRootKeysOfTheirOwnWins() throws Exception {
    assertThat(winners(() -> init("a", "a.key"), () -> init("b", "b.key"))).isEqualTo(1);
    assertThat(postgres.value(url, "SELECT COUNT(*) FROM iam_user")).isEqualTo("1");
  }

  /// And only its credentials are told.
  private int winners(Callable<Integer> one, Callable<Integer> other) throws Exception {
    List<Future<Integer>> both = List.of(threads.submit(one), threads.submit(other));
    int winners = 0;
    for (Future<Integer> each : both) {
      try {
        winners += each.get() == Main.OK ? 1 : 0;
      } catch (ExecutionException refused) {
        assertThat(refused.getCause()).isInstanceOfAny(StartRefused.class, SealException.class);
      }
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).split("secret key", -1)).hasSize(2);
    return winners;
  }

  @Test
  void credentialsAreToldOnceThoughTheDatabaseGivesUpTheFirstCommit() throws Exception {
    Instance.openOrCreate(config("a", "root.key")).close(); // makes the tables
    postgres.sql(
        url,
        "CREATE SEQUENCE attempt",
        """
        CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('attempt') = 1 THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF;
          RETURN NULL;
        END $$\
        """,
        "CREATE CONSTRAINT TRIGGER give_up AFTER INSERT ON iam_access_key"
            + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION give_up()");

    assertThat(init("a", "root.key")).isZero();

    assertThat(postgres.value(url, "SELECT last_value FROM attempt")).isEqualTo("2");
    assertThat(printed.toString(StandardCharsets.UTF_8).split("secret key", -1)).hasSize(2);
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains(postgres.value(url, "SELECT id FROM iam_access_key"));
  }

  @Test
  void passwordFileThatOthersMayReadIsRefused() throws IOException {
    Path password = Files.writeString(folder.resolve("password"), "hush\n");
    Files.setPosixFilePermissions(
        password, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
    var flags = new java.util.HashMap<>(config("root.key"));
    flags.put("store.password-file", password.toString());
    Config config = ConfigLoader.load(flags, Optional.empty(), Map.of(), folder);
    assertThatThrownBy(() -> Instance.openOrCreate(config))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("password")
        .hasMessageNotContaining("hush");
  }
}
