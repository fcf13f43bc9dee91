package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.TestPorts;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.client.BackupTest.Ended;
import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Yesterday's copy of the store under today's server.
@Tag(Chaos.TAG)
class OldCopyTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F9 old copy", "an old copy, another store or an altered anchor in place of the store");

  @TempDir private Path folder;

  private static Ended keyhold(List<String> command, List<String> where) throws IOException {
    var all = new ArrayList<>(command);
    all.addAll(where);
    return BackupTest.keyhold(all.toArray(String[]::new));
  }

  private static Ended server(List<String> where) throws IOException {
    return keyhold(List.of("server", "--dev", "--listen", "127.0.0.1:" + TestPorts.free()), where);
  }

  private static void refused(List<String> where, String why) throws IOException {
    assertThat(server(where).refused(why).refused("keyhold store accept").exitCode()).isEqualTo(3);
  }

  private static int encrypts(ServerProcess server, String key) {
    return Http.loggedIn(server.tenant()).kms("create-datakey", Map.of("key_id", key)).status();
  }

  @Test
  void oldCopyOfTheEmbeddedStoreIsRefused() throws Exception {
    Path data = folder.resolve("data");
    Path database = data.resolve("keyhold.db");
    Path old = folder.resolve("old.db");
    List<String> where = List.of("--data", data.toString());
    String key;
    try (var server = ServerProcess.on(data)) {
      server.start();
      key = Kms.of(server.tenant()).newKey();
      server.stop();
      Files.copy(database, old, StandardCopyOption.COPY_ATTRIBUTES);
      server.start();
      Http http = Http.loggedIn(server.tenant());
      http.kms("disable-key", Map.of("key_id", key)).ok();
      server.stop();
      server.start(); // itself it knows
      assertThat(encrypts(server, key)).isEqualTo(400);
      server.stop();
      keyhold(List.of("store", "verify"), where).ok();

      Files.copy(old, database, StandardCopyOption.REPLACE_EXISTING);
      byte[] before = Files.readAllBytes(database);
      refused(where, "old copy of itself");
      assertThat(Files.readAllBytes(database)).isEqualTo(before);
      assertThat(keyhold(List.of("store", "verify"), where).refused("old copy").exitCode())
          .isEqualTo(1);

      server.with("anchor.policy", "warn").start();
      assertThat(server.output()).contains("ERROR", "old copy of itself");
      assertThat(encrypts(server, key)).isEqualTo(200); // it came back, and not silently
      server.stop();

      refused(where, "old copy of itself");
      keyhold(List.of("store", "accept"), where).ok();
      server.with("anchor.policy", "refuse").start();
      assertThat(encrypts(server, key)).isEqualTo(200);
      server.kill();
      server.start(); // what a kill leaves is never ahead of the store
    }
  }

  @Test
  void alteredAnchorIsRefused() throws Exception {
    Path data = folder.resolve("data");
    try (var server = ServerProcess.on(data)) {
      server.start();
      server.stop();
      Path anchor = data.resolve("root.key.anchor");
      Files.writeString(
          anchor, Files.readString(anchor).replaceFirst("position=[0-9]+", "position=0"));
      refused(List.of("--data", data.toString()), "was altered");
      Files.delete(anchor); // as on a new node
      server.start();
    }
  }

  @Test
  void oldAndOtherCopiesOfASharedStoreAreRefused() throws Exception {
    TestPostgres postgres = TestPostgres.shared();
    String url = postgres.newDatabase();
    String name = url.substring(url.lastIndexOf('/') + 1);
    Path data = folder.resolve("data");
    try (var server =
        ServerProcess.on(data).with("store.url", url).with("store.user", TestPostgres.USER)) {
      server.start();
      String key = Kms.of(server.tenant()).newKey();
      server.stop();
      String copy = url.replace(name, name + "_old");
      postgres.sql(
          url.replace(name, "postgres"), "CREATE DATABASE " + name + "_old TEMPLATE " + name);
      server.start();
      Http.loggedIn(server.tenant()).kms("disable-key", Map.of("key_id", key)).ok();
      server.stop();
      server.start();
      Path backup = folder.resolve("backup");
      keyhold(List.of("backup", "--output", backup.toString()), shared(data, url)).ok();
      server.stop();

      refused(shared(data, copy), "old copy of itself");

      // Restored by another node: this one has to be told.
      Path other = BackupTest.targetOf(data, folder.resolve("other"), "root.key");
      postgres.dropDatabase(url);
      postgres.sql(url.replace(name, "postgres"), "CREATE DATABASE " + name);
      keyhold(List.of("restore", "--input", backup.toString()), shared(other, url)).ok();
      keyhold(List.of("store", "verify"), shared(data, url)).refused("not the one");
      refused(shared(data, url), "is not the one");
      keyhold(List.of("store", "accept"), shared(data, url)).ok();
      server.start();
      assertThat(encrypts(server, key)).isEqualTo(400);
    }
  }

  private static List<String> shared(Path data, String url) {
    return List.of(
        "--data",
        data.toString(),
        "--set",
        "store.url=" + url,
        "--set",
        "store.user=" + TestPostgres.USER);
  }
}
