package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.seal.KekRepository.StoredKek;
import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A folder whose server was killed, and whose database the operator has then removed.
class SqliteRestoreTest {
  private static final int KEKS = 200;

  @TempDir private Path parent;
  private Path folder;
  private SnapshotFile snapshot;

  @BeforeEach
  void removeADatabaseAfterAKill() throws IOException {
    folder = parent.resolve("killed");
    DataDirectory.open(folder).close();
    Path data = parent.resolve("data");
    try (var store = new SqliteStore(data)) {
      var keks = new SqlKekRepository(store.database());
      for (int i = 0; i < KEKS; i++) {
        keks.insertIfAbsent(new StoredKek("s" + i, 1, Bytes.owning(new byte[100])));
      }
      snapshot =
          SnapshotFile.ofSqlite(
              DataDirectory.databaseFile(data), parent.resolve("snapshot"), _ -> _ -> {});
      for (String log : new String[] {"keyhold.db-wal", "keyhold.db-shm"}) {
        Files.copy(data.resolve(log), folder.resolve(log), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    assertThat(folder.resolve("keyhold.db-wal")).isNotEmptyFile();
  }

  /// SQLite would take the pages of the old log for newer ones of the restored database.
  @Test
  void restoreWantsTheLogOfTheOldDatabaseGone() throws IOException {
    assertThatThrownBy(this::restore)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("keyhold.db-wal")
        .hasMessageContaining("keyhold.db-shm");
    assertThat(folder).isDirectoryNotContaining("glob:**/keyhold.db");

    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    for (String log : new String[] {"keyhold.db-wal", "keyhold.db-shm"}) {
      Files.move(folder.resolve(log), elsewhere.resolve(log));
    }
    restore();
    try (var restored = new SqliteStore(folder)) {
      assertThat(
              restored
                  .database()
                  .<String>query(session ->
                      session.first(row -> row.text(1), "PRAGMA integrity_check").orElseThrow()))
          .isEqualTo("ok");
      assertThat(
              restored
                  .database()
                  .<Long>query(session ->
                      session
                          .first(row -> row.number(1), "SELECT count(*) FROM kek")
                          .orElseThrow()))
          .isEqualTo(KEKS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"keyhold.db-wal", "keyhold.db-shm", "keyhold.db-journal"})
  void anyOfTheFilesIsInTheWay(String left) throws IOException {
    Files.deleteIfExists(folder.resolve("keyhold.db-wal"));
    Files.deleteIfExists(folder.resolve("keyhold.db-shm"));
    PrivateFiles.create(folder.resolve(left), new byte[0]);
    assertThatThrownBy(this::restore)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("move the log away")
        .hasMessageContaining(left);
  }

  /// What is in the log may be all that there is of some keys.
  @Test
  void noNewDatabaseIsMadeBesideALogOfAnother() throws IOException {
    byte[] log = Files.readAllBytes(folder.resolve("keyhold.db-wal"));
    assertThatThrownBy(() -> new SqliteStore(folder))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("keyhold.db-wal");
    assertThat(folder.resolve("keyhold.db")).doesNotExist();
    assertThat(Files.readAllBytes(folder.resolve("keyhold.db-wal"))).isEqualTo(log);
  }

  private void restore() {
    try (DataDirectory directory = DataDirectory.open(folder);
        var target = SqliteRestore.into(directory, Migrations.NEWEST)) {
      snapshot.read(target);
      target.finish(_ -> {});
    }
  }
}
