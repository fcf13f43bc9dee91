package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Rewrapping;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.SqlKekRepository;
import dev.keyhold.store.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class PostgresRootKeyTest extends RootKeyContract {
  private final TestPostgres postgres = TestPostgres.shared();
  private final String url = postgres.newDatabase();

  @Override
  Map<String, String> store(Path data) {
    return at(url);
  }

  @Override
  Map<String, String> emptyStore(Path data) {
    return at(postgres.newDatabase());
  }

  private static Map<String, String> at(String url) {
    return Map.of("store.url", url, "store.user", TestPostgres.USER);
  }

  @Override
  void damageKek(String scope) {
    postgres.sql(
        url,
        "UPDATE kek SET wrapped = set_byte(wrapped, 40, 255 - get_byte(wrapped, 40))"
            + " WHERE scope = '"
            + scope
            + "'");
  }

  private void secondNode() throws Exception {
    Files.createDirectories(node("b"));
    copyTo(rootKey("a"), rootKey("b"));
    keks(config("b"));
  }

  @Test
  void otherNodeIsRefusedUntilItHasTheNewRootKeyAndKeepsItsAnchor() throws Exception {
    secondNode();
    replace("a");
    assertThatThrownBy(() -> keks(config("b")))
        .isInstanceOf(SealException.class)
        .hasMessageContaining("root key has been replaced")
        .hasMessageContaining(".new behind its name");

    copyTo(rootKey("a"), next("b"));
    assertReplaced("b");
    assertReplaced("a");
  }

  /// Both have files of their own, and the first has replaced it.
  @Test
  void secondReplacementOnAnotherNodeIsRefusedBeforeAnythingIsWritten() throws Exception {
    secondNode();
    replace("a");
    assertThatThrownBy(() -> replace("b"))
        .isInstanceOf(SealException.class)
        .hasMessageContaining("root key has been replaced");
    assertThat(next("b")).doesNotExist();
    assertReplaced("a");
  }

  private interface Work {
    void with(Instance node, Seal old, Seal next) throws Exception;
  }

  /// A node that was away when the root key was replaced, which nobody could notice.
  private void beside(Work work) throws Exception {
    Config config = config("a");
    RootKeys.with(
        config.rootKey(),
        opener -> {
          try (Instance node = Instance.open(config);
              Seal old = opener.open(rootKey("a"));
              Seal next = opener.create(folder.resolve("beside.key"))) {
            work.with(node, old, next);
            return true;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private String keks() {
    return postgres.value(url, "SELECT COUNT(*) FROM kek");
  }

  @Test
  void nodeWithTheOldRootKeyInMemoryMakesNoKek() throws Exception {
    beside((node, old, next) -> {
      new SqlKekRepository(node.database()).rewrap(new Rewrapping(old, next)::of);
      String count = keks();
      assertThatThrownBy(() -> node.keks().establish(new KekScope.OfProject(ProjectId.random())))
          .isInstanceOf(Unavailable.class);
      assertThat(keks()).isEqualTo(count);
    });
  }

  @Test
  void kekThatIsMadeAtTheSameTimeIsEitherWrappedAnewOrNotMade() throws Exception {
    beside((node, old, next) -> {
      var repository = new SqlKekRepository(node.database());
      var under = new CountDownLatch(1);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var made =
            threads.submit(() -> {
              under.await();
              node.keks().establish(new KekScope.OfProject(ProjectId.random()));
              return true;
            });
        repository.rewrap(all -> {
          under.countDown();
          try {
            Thread.sleep(300); // it waits for this transaction meanwhile
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return new Rewrapping(old, next).of(all);
        });
        assertThatThrownBy(made::get).hasCauseInstanceOf(Unavailable.class);
      }
      Rewrapping.requireSound(repository.all(), next);
    });
  }

  @Test
  void failureInTheMiddleChangesNothing() throws Exception {
    postgres.sql(
        url,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " IF NEW.version = 2 THEN RAISE EXCEPTION USING ERRCODE = '53100'; END IF;"
            + " RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON kek"
            + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()");
    assertThatThrownBy(() -> replace("a"))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("run this again");
    postgres.sql(url, "DROP TRIGGER refuse ON kek");
    String made = id(next("a"));
    keks(config("a"));
    replace("a");
    assertReplaced("a");
    assertThat(id(rootKey("a"))).isEqualTo(made);
  }

  @Test
  void runningServerThatWasAwayServesNothingMore() throws Exception {
    Map<String, String> flags = flags("a");
    flags.put("listen", "127.0.0.1:0");
    flags.put("insecure-http", "true");
    Server server = Server.start(ConfigLoader.load(flags, Optional.empty(), Map.of(), folder));
    try (Seal old = RootKeys.open(config("a").rootKey())) {
      assertThat(ready(server)).isEqualTo(200);
      Files.createDirectories(node("b"));
      copyTo(rootKey("a"), rootKey("b"));
      RootKeys.with(
          config("b").rootKey(),
          opener -> {
            try (Instance other = Instance.open(config("b"));
                Seal next = opener.create(next("b"))) {
              new SqlKekRepository(other.database()).rewrap(new Rewrapping(old, next)::of);
              return true;
            }
          });
      long deadline = System.nanoTime() + 10_000_000_000L;
      while (ready(server) == 200 && System.nanoTime() - deadline < 0) {
        Thread.sleep(50);
      }
      assertThat(ready(server)).isEqualTo(503);
      Thread.sleep(1_500); // and stays so
      assertThat(ready(server)).isEqualTo(503);
    } finally {
      server.stop();
    }
  }

  private static int ready(Server server) throws Exception {
    var connection =
        (java.net.HttpURLConnection)
            java.net
                .URI
                .create("http://127.0.0.1:" + server.port() + "/health/ready")
                .toURL()
                .openConnection();
    return connection.getResponseCode();
  }
}
