package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `keyhold store verify` of keys that open with an HSM.
class KeystoreVerifyTest {
  @TempDir private Path folder;

  private BackupTest.Ended verify(Path data, Map<String, String> environment, String... properties)
      throws IOException {
    var arguments = new ArrayList<>(List.of("store", "verify", "--data", data.toString()));
    for (String property : properties) {
      arguments.addAll(List.of("--set", property));
    }
    Path output = KeyholdProcess.newOutput("verify");
    int exitCode =
        KeyholdProcess.exitCode(KeyholdProcess.spawn(output, environment, arguments), output);
    return new BackupTest.Ended(exitCode, Files.readString(output));
  }

  private static void edit(Path data, String statement) throws Exception {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("keyhold.db"));
        var statements = connection.createStatement()) {
      assertThat(statements.executeUpdate(statement)).isPositive();
    }
  }

  @Test
  void keystoresAreCheckedAsFarAsTheHsmIsThere() throws Exception {
    SoftHsm hsm = SoftHsm.in(folder.resolve("hsm"));
    Path data = folder.resolve("data");
    String keystore;
    String key;
    try (var server = ServerProcess.on(data)) {
      hsm.attachTo(server);
      server.start();
      Http http = Http.loggedIn(server.tenant());
      keystore =
          http.post(
                  "/v1.0/" + http.projectId() + "/keystores",
                  Map.of("keystore_alias", Names.fresh(), "hsm_cluster_id", "hsm"))
              .ok()
              .json()
              .at("/keystore/keystore_id")
              .asText();
      key =
          http.kms("create-key", Map.of("key_alias", Names.fresh(), "keystore_id", keystore))
              .ok()
              .json()
              .at("/key_info/key_id")
              .asText();
      server.stop();
    }
    String[] withHsm = {
      "hsm.library=/usr/lib/softhsm/libsofthsm2.so", "hsm.pin-file=" + folder.resolve("hsm/pin")
    };
    assertThat(verify(data, Map.of()).ok().output())
        .contains("1 keystores", "1 key versions", "All is as Keyhold wrote it.");
    assertThat(verify(data, hsm.environment(), withHsm).ok().output())
        .contains("All is as Keyhold wrote it.")
        .doesNotContain("Not checked");

    edit(data, "UPDATE keystore SET name = 'other'");
    assertThat(verify(data, Map.of()).refused("BAD keystore " + keystore).output())
        .contains("its MAC does not match")
        .doesNotContain(key);
  }
}
