package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.store.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SqliteRootKeyTest extends RootKeyContract {
  @Override
  Map<String, String> store(Path data) {
    return Map.of();
  }

  @Override
  Map<String, String> emptyStore(Path data) {
    return Map.of();
  }

  private Path database() {
    return DataDirectory.databaseFile(node("a").resolve("data"));
  }

  @Override
  void damageKek(String scope) throws Exception {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        var statement =
            connection.prepareStatement(
                "UPDATE kek SET wrapped = CAST(substr(wrapped, 1, 40) || x'00' || substr(wrapped,"
                    + " 42) AS BLOB) WHERE scope = ?")) {
      statement.setString(1, scope);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  /// Whoever gets hold of the disk later has no use for the old root key.
  @Test
  void nothingThatTheOldRootKeyOpensIsLeftInTheFiles() throws Exception {
    String old = id(rootKey("a"));
    assertThat(hex(database())).contains(old);
    replace("a");
    assertThat(hex(database())).doesNotContain(old);
    assertThat(Path.of(database() + "-wal")).doesNotExist();
  }

  private static String hex(Path file) throws Exception {
    return HexFormat.of().formatHex(Files.readAllBytes(file));
  }

  @Test
  void oldCopyOfTheStoreIsRefused() throws Exception {
    Path copy = Files.copy(database(), folder.resolve("copy.db"));
    Path root = Files.copy(rootKey("a"), folder.resolve("copy.key"));
    replace("a");
    Files.delete(database());
    copyTo(copy, database());
    assertThatThrownBy(() -> replace("a")).hasMessageContaining("another root key");
    copyTo(root, rootKey("a"));
    assertThatThrownBy(() -> keks(config("a"))).isInstanceOf(StartRefused.class);
  }

  @Test
  void backupThatWasBrokenOffDoesNotGoOn() throws Exception {
    Path full = Path.of("/dev/full");
    if (!Files.exists(full)) {
      return;
    }
    Path data = node("a").resolve("data");
    assertThatThrownBy(() ->
            run(
                new BackupCommand(),
                flags("a"),
                "--output",
                folder.resolve("no/such/folder").toString()))
        .isInstanceOf(RuntimeException.class);
    assertThat(data.resolve("backup")).exists();
    replace("a");
    assertThatThrownBy(() ->
            run(
                new BackupCommand(),
                flags("a"),
                "--resume",
                "--output",
                folder.resolve("out").toString()))
        .hasMessageContaining("another root key");
    run(new BackupCommand(), flags("a"), "--output", folder.resolve("anew").toString());
  }
}
