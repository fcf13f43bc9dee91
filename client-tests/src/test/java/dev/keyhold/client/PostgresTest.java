package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody.KeySpecEnum;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Servers on a PostgreSQL of their own.
@Tag(Chaos.TAG)
class PostgresTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F5 one server",
          "PostgreSQL stopped and frozen under a server, a node killed beside another");

  private static final Duration PROMISE = Duration.ofSeconds(5);

  /// In an ordinary build no time decides, but a test has an end.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @SuppressWarnings("NullAway") // set before all tests
  private static TestPostgres postgres;

  @BeforeAll
  static void startPostgres() {
    postgres = TestPostgres.start(false);
  }

  @AfterAll
  static void stopPostgres() {
    if (postgres != null) {
      postgres.close();
    }
  }

  private static ServerProcess serverOn(String url) {
    return on(ServerProcess.onNewFolder(), url);
  }

  private static ServerProcess on(ServerProcess server, String url) {
    return server.with("store.url", url).with("store.user", TestPostgres.USER);
  }

  /// What an operator copies to another node; the credentials are for this test.
  private static ServerProcess secondNode(ServerProcess first, Path folder, String url) {
    try {
      for (String file : new String[] {"root.key", "dev-credentials.json"}) {
        Files.copy(
            first.data().resolve(file), folder.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
      }
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return on(ServerProcess.on(folder), url);
  }

  @Test
  void restartedServerFindsItsKeys() {
    try (var server = serverOn(postgres.newDatabase())) {
      server.start();
      Kms kms = Kms.of(server.tenant());
      String key = kms.newKey();
      String sm4 = kms.newSm4Key();
      kms.updateDescription(key, "kept");
      kms.newDisabledKey();
      kms.newKeyPendingDeletion();
      String dek = Deks.random(64);
      String sealed = kms.encrypt(key, dek).getCipherText();
      assertThat(kms.decrypt(key, sealed).getDataKey()).isEqualToIgnoringCase(dek);
      var all = new ListKeysRequestBody().withKeySpec(KeySpecEnum.ALL);
      var keys = kms.list(all).getKeyDetails();
      assertThat(keys).hasSize(4);

      server.stop();
      assertThat(server.data().resolve("keyhold.db")).doesNotExist();
      server.start();

      Kms again = Kms.of(server.tenant());
      assertThat(again.list(all).getKeyDetails()).isEqualTo(keys);
      assertThat(again.decrypt(key, sealed).getDataKey()).isEqualToIgnoringCase(dek);
      assertThat(again.describe(sm4).getKeyId()).isEqualTo(sm4);
      assertThat(server.output()).doesNotContain("ERROR");
    }
  }

  @Test
  void twoNodesServeEachOthersKeys(@TempDir Path folder) {
    String url = postgres.newDatabase();
    try (var first = serverOn(url)) {
      first.start();
      try (var second = secondNode(first, folder, url)) {
        second.start();
        Kms here = Kms.of(first.tenant());
        Kms there = Kms.of(second.tenant());
        String key = here.newKey();
        String sealed = there.encrypt(key, Deks.EXAMPLE).getCipherText();
        assertThat(here.decrypt(key, sealed).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
        String other = there.newKey();
        sealed = here.encrypt(other, Deks.EXAMPLE).getCipherText();
        assertThat(there.decrypt(other, sealed).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);

        first.kill(); // and the second one goes on
        assertThat(
                there.decrypt(key, there.encrypt(key, Deks.EXAMPLE).getCipherText()).getDataKey())
            .isEqualToIgnoringCase(Deks.EXAMPLE);
        there.newKey();
      }
    }
  }

  @Test
  void nodeWithAnotherRootKeyIsRefused() throws Exception {
    String url = postgres.newDatabase();
    try (var first = serverOn(url);
        var other = serverOn(postgres.newDatabase())) {
      first.start();
      other.start();
      other.stop();
      other.with("store.url", url);
      Process refused = other.launch();
      assertThat(refused.waitFor()).isNotZero();
      assertThat(other.output()).contains("does not open with this root key");
    }
  }

  @Test
  void databaseThatIsAwayIsA503AndComesBackByItself() {
    try (var server = serverOn(postgres.newDatabase())) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      String key = created(http);

      postgres.stop();
      long stopped = System.nanoTime();
      Http.Answer answer = create(http);
      assertThat(answer.status()).isEqualTo(503);
      took("stopped: 503", stopped, PROMISE);

      postgres.start();
      awaitService("started again", http);
      http.kms("describe-key", Map.of("key_id", key)).ok();
    }
  }

  /// A machine that is there and does not answer, as in a long pause of its disk.
  @Test
  void databaseThatIsFrozenIsA503InTimeAndComesBackByItself() throws Exception {
    try (var server = serverOn(postgres.newDatabase()).with("store.timeout", "2s")) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      created(http);
      postgres.signal("STOP");
      try {
        long frozen = System.nanoTime();
        assertThat(create(http).status()).isEqualTo(503);
        took("frozen: 503", frozen, PROMISE.plus(PROMISE));
      } finally {
        postgres.signal("CONT");
      }
      awaitService("thawed", http);
    }
  }

  private static void awaitService(String what, Http http) {
    long began = System.nanoTime();
    int status;
    do {
      status = create(http).status();
    } while (status == 503 && System.nanoTime() - began < PATIENCE.toNanos());
    assertThat(status).isEqualTo(200);
    took(what + ": served", began, PROMISE);
  }

  private static void took(String what, long since, Duration limit) {
    Duration time = Duration.ofNanos(System.nanoTime() - since);
    ROW.figure(what + " after " + time.toMillis() + " ms");
    if (Chaos.measures()) {
      assertThat(time).isLessThan(limit);
    }
  }

  private static Http.Answer create(Http http) {
    return http.kms("create-key", Map.of("key_alias", Names.fresh()));
  }

  private static String created(Http http) {
    return create(http).ok().json().at("/key_info/key_id").asText();
  }
}
