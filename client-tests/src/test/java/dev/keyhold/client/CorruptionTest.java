package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.client.Http.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What happens to a server whose database is damaged: bytes overwritten, the file or its log cut
/// short, rows edited and exchanged behind its back.
@Tag(Chaos.TAG)
class CorruptionTest {
  private static final int KEYS = 40;

  @TempDir private Path sound;
  @TempDir private Path folder;

  private final long seed = Chaos.seed();
  private final SplittableRandom random = new SplittableRandom(seed);

  /// The files as they were when the keys were made, the log not moved into the database.
  private List<Datakey> keysInACopy() throws IOException {
    try (var server = ServerProcess.on(sound)) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      var datakeys = new ArrayList<Datakey>();
      for (int i = 0; i < KEYS; i++) {
        Answer created = http.kms("create-key", Map.of("key_alias", Names.fresh())).ok();
        String key = created.json().at("/key_info/key_id").asText();
        Answer made = http.kms("create-datakey", Map.of("key_id", key)).ok();
        datakeys.add(new Datakey(key, made.text("cipher_text"), made.text("plain_text")));
      }
      server.kill();
      return datakeys;
    }
  }

  private Path copy(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (var files = Files.walk(sound)) {
      for (Path file : files.toList()) {
        Path target = copy.resolve(sound.relativize(file));
        Files.copy(
            file, target, StandardCopyOption.COPY_ATTRIBUTES); // files of secrets are private
      }
    }
    return copy;
  }

  @Test
  void damagedFilesAreNeverServedAsIfTheyWereSound() throws Exception {
    int rounds = Chaos.rounds(6);
    var outcomes = new TreeMap<String, Integer>();
    try (var row =
        ChaosReport.of(
                "F8 damaged files",
                "random bytes in pages of the database or its log, either cut short")
            .rounds(rounds)) {
      row.figure("seed " + seed);
      List<Datakey> datakeys = keysInACopy();
      for (int round = 0; round < rounds; round++) {
        Path copy = copy("round-" + round);
        String damage = damage(copy, round % 6);
        String outcome = damage + ": " + ask(copy, datakeys);
        outcomes.merge(outcome, 1, Integer::sum);
        ServerProcess.delete(copy);
      }
      row.figure("no wrong plaintext; " + outcomes);
      row.passed();
    }
  }

  private static void moveLogIn(Path copy) throws SQLException {
    try (Connection connection = open(copy);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  private static Connection open(Path data) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + data.resolve("keyhold.db"));
  }

  private String damage(Path copy, int kind) throws IOException, SQLException {
    Path database = copy.resolve("keyhold.db");
    Path log = copy.resolve("keyhold.db-wal");
    if (kind == 1) {
      return overwrite(log, 64);
    }
    if (kind == 2) {
      return cut(log);
    }
    moveLogIn(copy);
    return switch (kind) {
      case 0 -> overwrite(database, 16);
      case 3 -> cut(database);
      case 4 -> overwrite(database, 64);
      default -> overwrite(database, 16 * 1024);
    };
  }

  private String overwrite(Path file, int bytes) throws IOException {
    byte[] noise = new byte[16];
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int written = 0; written < bytes; written += noise.length) {
        random.nextBytes(noise);
        channel.write(ByteBuffer.wrap(noise), random.nextLong(channel.size() - noise.length));
      }
    }
    return bytes + " bytes of " + file.getFileName();
  }

  private String cut(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(random.nextLong(channel.size()));
    }
    return file.getFileName() + " cut short";
  }

  /// Starts a server on the files and asks it for every data key: it gives the right one or none.
  private String ask(Path copy, List<Datakey> datakeys) {
    int opened = 0;
    try (var server = ServerProcess.on(copy)) {
      if (!starts(server)) {
        assertThat(server.output().lines().filter(line -> line.startsWith("\tat ")).count())
            .describedAs(server.output())
            .isZero();
        return "refuses to start";
      }
      Answer login =
          Login.withPassword(
              server.tenant(), server.tenant().password(), Login.projectById(server.tenant()));
      if (login.status() / 100 != 2) {
        assertThat(login.status()).describedAs(login.body()).isIn(500, 503, 401);
        return "starts, no login";
      }
      Http http = Http.withToken(server.tenant(), Login.tokenOf(login));
      for (Datakey datakey : datakeys) {
        Answer answer = CrashTest.open(http, datakey);
        if (answer.status() == 200) {
          assertThat(answer.text("data_key")).isEqualTo(datakey.plainText());
          opened++;
        } else {
          assertThat(answer.body()).doesNotContain("data_key");
        }
      }
      http.kms("list-keys", Map.of());
      http.kms("create-key", Map.of("key_alias", Names.fresh()));
      assertThat(http.get("/health/live").status()).isEqualTo(200);
    }
    return opened == datakeys.size() ? "all keys open" : "some keys open";
  }

  private static boolean starts(ServerProcess server) {
    try {
      server.start();
      return true;
    } catch (AssertionError refused) {
      assertThat(refused).hasMessageContaining("stopped with exit code");
      return false;
    } catch (UncheckedIOException failure) {
      throw new AssertionError(failure);
    }
  }

  /// Rows of one key are edited and exchanged while the server runs.
  @Test
  void editedRowsAreRefusedAndReportedWhileOtherKeysGoOn() throws Exception {
    try (var row =
        ChaosReport.of(
            "F8 edited rows", "rows edited, exchanged between keys and projects, rolled back")) {
      List<Datakey> datakeys = keysInACopy();
      try (var server = ServerProcess.on(copy("edited"))) {
        server.start();
        Http http = Http.loggedIn(server.tenant());
        Http other = Http.loggedIn(server.otherTenant());
        String foreign =
            other
                .kms("create-key", Map.of("key_alias", Names.fresh()))
                .ok()
                .json()
                .at("/key_info/key_id")
                .asText();
        Datakey untouched = datakeys.getLast();
        CrashTest.opens(http, untouched);
        List<String> edits =
            List.of(
                "UPDATE cmk SET state = '3' WHERE id = '%1$s'",
                "UPDATE cmk SET description = 'edited' WHERE id = '%1$s'",
                "UPDATE cmk SET spec = 'NONE' WHERE id = '%1$s'",
                "UPDATE cmk SET mac = (SELECT mac FROM cmk WHERE id = '%2$s') WHERE id = '%1$s'",
                "UPDATE cmk_material SET wrapped = (SELECT wrapped FROM cmk_material WHERE key_id ="
                    + " '%2$s') WHERE key_id = '%1$s'",
                "UPDATE cmk_material SET wrapped = (SELECT wrapped FROM cmk_material WHERE key_id ="
                    + " '%3$s') WHERE key_id = '%1$s'",
                "DELETE FROM cmk_material WHERE key_id = '%1$s'",
                "UPDATE cmk SET current_version = 1 WHERE id = '%1$s'");
        for (int i = 0; i < edits.size(); i++) {
          String victim = datakeys.get(i).keyId();
          edit(server.data(), edits.get(i).formatted(victim, untouched.keyId(), foreign));
          isRefused(server, http.kms("create-datakey", Map.of("key_id", victim)), victim);
          CrashTest.opens(http, untouched);
        }
        // A key that is moved to another project is a stranger there and here.
        String moved = datakeys.get(edits.size()).keyId();
        edit(
            server.data(),
            "UPDATE cmk SET project_id = '%s' WHERE id = '%s'"
                .formatted(server.otherTenant().projectId(), moved));
        isRefused(server, other.kms("create-datakey", Map.of("key_id", moved)), moved);
        assertThat(http.kms("create-datakey", Map.of("key_id", moved)).code())
            .isEqualTo("KMS.0207");

        JsonNode listed = http.kms("list-keys", Map.of("limit", "1000")).ok().json();
        assertThat(listed.path("keys")).hasSize(KEYS - 5 - 1); // those whose own row is wrong
        other.kms("list-keys", Map.of()).ok();
        assertThat(server.stop()).isZero();
        row.figure(
            (edits.size() + 1)
                + " edits, each refused with KMS.0101, logged and on record;"
                + " other keys served all the time");
        row.passed();
      }
    }
  }

  private static void isRefused(ServerProcess server, Answer answer, String key) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(500);
    assertThat(answer.code()).isEqualTo("KMS.0101");
    assertThat(server.output()).contains(answer.requestId());
    assertThat(server.output()).contains("keyhold store verify");
    List<JsonNode> records = AuditRecords.export(server.data(), "--request-id", answer.requestId());
    assertThat(records).hasSize(1);
    assertThat(records.getFirst().path("error").asText()).isEqualTo("KMS.0101");
    assertThat(records.getFirst().path("key_id").asText()).isEqualTo(key);
  }

  static void edit(Path data, String sql) throws SQLException {
    try (Connection connection = open(data);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=10000");
      assertThat(statement.executeUpdate(sql)).isEqualTo(1);
    }
  }
}
