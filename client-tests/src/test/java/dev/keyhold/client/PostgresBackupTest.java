package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.TestPorts;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.client.BackupTest.Ended;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A shared store is backed up under load, and restored into either kind of store.
@Tag(Chaos.TAG)
class PostgresBackupTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F15 backup of a shared store",
          "a backup under load restored into either store; rows edited by hand, wrong root keys");

  private static final String[] NODE = {"root.key", "dev-credentials.json"};

  @TempDir private Path folder;
  private final TestPostgres postgres = TestPostgres.shared();

  private static ServerProcess on(Path data, String url) {
    return ServerProcess.on(data).with("store.url", url).with("store.user", TestPostgres.USER);
  }

  private static String[] shared(Path data, String url, String... more) {
    var arguments =
        new ArrayList<>(
            List.of(
                "--data",
                data.toString(),
                "--set",
                "store.url=" + url,
                "--set",
                "store.user=" + TestPostgres.USER));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  private static Ended keyhold(String command, String... arguments) throws IOException {
    var all = new ArrayList<>(List.of(command.split(" ")));
    all.addAll(List.of(arguments));
    return BackupTest.keyhold(all.toArray(String[]::new));
  }

  @Test
  void whatWasAcknowledgedBeforeTheBackupOpensInEitherStore() throws Exception {
    String source = postgres.newDatabase();
    Path data = folder.resolve("data");
    Path backup = folder.resolve("store.backup");
    var acknowledged = new ConcurrentLinkedQueue<Datakey>();
    List<Datakey> before;
    JsonNode samples;
    try (var server = on(data, source)) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      samples = Samples.make(server, 4);
      before =
          BackupTest.backUpUnderLoad(
              http, acknowledged, shared(data, source, "--output", backup.toString()));
      assertThat(keyhold("store verify", shared(data, source)).ok().output())
          .contains("All is as Keyhold wrote it.", "position ");
      BackupTest.killedBackupGoesOn(folder, shared(data, source));
      assertThat(data.resolve("backup")).isDirectoryNotContaining("glob:**snapshot*");
      assertThat(data.resolve("verify")).isDirectoryNotContaining("glob:**snapshot*");
      keyhold("restore", shared(data, source, "--input", backup.toString())).refused("it is kept");
      assertThat(server.stop()).isZero();
    }
    BackupTest.isSealed(backup);

    Path embedded = BackupTest.targetOf(data, folder.resolve("embedded"), NODE);
    keyhold("restore", "--data", embedded.toString(), "--input", backup.toString()).ok();
    keyhold("store verify", "--data", embedded.toString()).ok();
    try (var server = ServerProcess.on(embedded)) {
      serves(server, before, samples);
    }

    // And from there into another PostgreSQL.
    Path again = folder.resolve("again.backup");
    keyhold("backup", "--data", embedded.toString(), "--output", again.toString()).ok();
    for (Path each : List.of(backup, again)) {
      String target = postgres.newDatabase();
      Path none = BackupTest.targetOf(data, folder.resolve(each.getFileName() + "-none"));
      keyhold("restore", shared(none, target, "--input", each.toString())).refused("root key");
      assertThat(postgres.value(target, "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'kek'"))
          .isEqualTo("0");
      Path node = BackupTest.targetOf(data, folder.resolve(each.getFileName() + "-node"), NODE);
      keyhold("restore", shared(node, target, "--input", each.toString())).ok();
      keyhold("store verify", shared(node, target)).ok();
      try (var server = on(node, target)) {
        serves(server, before, samples);
      }
    }
    ROW.figure(
        "%d data keys acknowledged before the backup, %d by its end, %d bytes; the former open in"
                .formatted(before.size(), acknowledged.size(), Files.size(backup))
            + " three stores");
  }

  private static void serves(ServerProcess server, List<Datakey> datakeys, JsonNode samples) {
    server.start();
    Http http = Http.loggedIn(server.tenant());
    datakeys.forEach(datakey -> CrashTest.opensPatiently(http, datakey));
    Samples.answerAsBefore(samples, server);
    Http.patiently(() -> http.kms("create-key", Map.of("key_alias", Names.fresh()))).ok();
    assertThat(server.stop()).isZero();
  }

  @Test
  void whatWasEditedByHandIsFound() throws Exception {
    String url = postgres.newDatabase();
    Path data = folder.resolve("data");
    try (var server = on(data, url)) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      Http.patiently(() -> http.kms("create-key", Map.of("key_alias", Names.fresh()))).ok();
      server.stop();
    }
    postgres.sql(url, "UPDATE cmk SET state = '3'", "UPDATE iam_user SET enabled = 0");
    Ended ended = keyhold("store verify", shared(data, url));
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.output()).contains("BAD cmk ", "its MAC does not match", "BAD iam ");
  }

  /// The same database under other root keys: nothing in it changes.
  @Test
  void wrongTruncatedOrMissingRootKeyIsRefusedAndTheDatabaseLeftAlone() throws Exception {
    String url = postgres.newDatabase();
    Path data = folder.resolve("data");
    try (var server = on(data, url)) {
      server.start();
      Kms.of(server.tenant()).newKey();
      server.stop();
    }
    Path rootKey = data.resolve("root.key");
    String right = Files.readString(rootKey);
    Path other = folder.resolve("other.key");
    keyhold("backup", "--make-key", other.toString()).ok();
    String before = checksum(url);
    for (String content : List.of(Files.readString(other), right.substring(0, 40), "")) {
      Files.writeString(rootKey, content);
      refusedBy(data, url);
      keyhold("store verify", shared(data, url)).refused("root key");
    }
    Files.delete(rootKey);
    refusedBy(data, url);
    assertThat(checksum(url)).isEqualTo(before);
  }

  private static void refusedBy(Path data, String url) throws IOException {
    Ended ended = keyhold("server --dev --listen 127.0.0.1:" + TestPorts.free(), shared(data, url));
    assertThat(ended.refused("root key").exitCode()).describedAs(ended.output()).isEqualTo(3);
  }

  private String checksum(String url) {
    return postgres.value(
        url,
        "SELECT md5(string_agg(md5(query_to_xml(format('SELECT * FROM %I t ORDER BY t::text',"
            + " tablename), true, false, '')::text), '' ORDER BY tablename))"
            + " FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'lease'");
  }
}
