package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `keyhold store verify` finds what somebody has done to the database.
class StoreVerifyTest {
  @TempDir private Path data;

  private String verified(boolean well) throws IOException {
    Path output = KeyholdProcess.newOutput("verify");
    Process process =
        KeyholdProcess.spawn(
            output, Map.of(), List.of("store", "verify", "--data", data.toString()));
    int exitCode = KeyholdProcess.exitCode(process, output);
    String text = Files.readString(output);
    assertThat(exitCode).describedAs(text).isEqualTo(well ? 0 : 1);
    assertThat(text).doesNotContain("\tat ");
    return text;
  }

  private void edit(String... statements) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("keyhold.db"));
        var statement = connection.createStatement()) {
      for (String each : statements) {
        assertThat(statement.executeUpdate(each)).describedAs(each).isPositive();
      }
    }
  }

  @Test
  void whatWasEditedByHandIsFound() throws Exception {
    var keys = new ArrayList<String>();
    try (var server = ServerProcess.on(data)) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      for (int i = 0; i < 6; i++) {
        keys.add(
            http.kms("create-key", Map.of("key_alias", Names.fresh()))
                .ok()
                .json()
                .at("/key_info/key_id")
                .asText());
      }
      assertThat(server.stop()).isZero();
    }
    assertThat(verified(true)).contains("All is as Keyhold wrote it.");

    edit("UPDATE cmk SET state = '3' WHERE id = '" + keys.get(0) + "'");
    assertThat(verified(false))
        .contains(
            "BAD cmk " + keys.get(0) + ": its MAC does not match", "BAD key_count", "2 problems");

    edit(
        "UPDATE cmk_material SET wrapped = (SELECT wrapped FROM cmk_material WHERE key_id = '%s')"
                .formatted(keys.get(1))
            + " WHERE key_id = '"
            + keys.get(2)
            + "'",
        "DELETE FROM cmk_material WHERE key_id = '" + keys.get(3) + "'",
        "DELETE FROM cmk WHERE id = '" + keys.get(4) + "'",
        "UPDATE cmk SET state = 'x' WHERE id = '" + keys.get(5) + "'",
        "UPDATE iam_access_key SET user_id = (SELECT MIN(id) FROM iam_user)");
    assertThat(verified(false))
        .contains(
            "BAD cmk_material " + keys.get(2),
            "BAD cmk " + keys.get(3),
            "is missing",
            "BAD cmk_material " + keys.get(4),
            "BAD cmk " + keys.get(5) + ": it does not parse",
            "BAD project_keys",
            "BAD iam_access_key");

    Path database = data.resolve("keyhold.db");
    long half = Files.size(database) / 2;
    try (var file = FileChannel.open(database, StandardOpenOption.WRITE)) {
      file.truncate(half - half % 4096);
    }
    assertThat(verified(false)).contains("BAD database");
  }
}
