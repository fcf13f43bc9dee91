package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.backup.Backup;
import dev.keyhold.backup.BackupHeader;
import dev.keyhold.backup.BackupHeader.SealedBy;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.RestoreTarget;
import dev.keyhold.store.SnapshotFile;
import dev.keyhold.store.SqliteRestore;
import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is left of a key when its waiting time is over: nothing that opens, and no copy of what
/// did.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
final class DestructionTest {
  @TempDir Path folder;

  @Test
  void destroyedMaterialIsInNoFileNoCacheAndNoNewBackup() throws Exception {
    int keys = 5 * Chaos.rounds(4);
    try (var row =
            ChaosReport.of("F23 destruction", "keys used, scheduled for deletion and destroyed")
                .rounds(keys);
        var store = new TestVault(folder);
        var keyring = keyring(store);
        Connection behind = store.connect()) {
      Cmk kept = store.create(KeySpec.AES_256);
      List<Cmk> destroyed = due(store, keyring, keys);
      var wrapped = new ArrayList<String>();
      for (Cmk cmk : destroyed) {
        wrapped.add(wrapped(behind, cmk));
      }
      assertThat(keyring.destroyDueKeys()).isEqualTo(keys);

      Path database = DataDirectory.databaseFile(folder.resolve("data"));
      Path restored =
          restored(store, file -> SnapshotFile.ofSqlite(database, file, _ -> _ -> {}), wrapped);
      List<Path> files = areInNoFile(wrapped);
      assertThat(files).contains(database, restored);
      areGone(store, keyring, destroyed);
      keyring.open(store.project, kept.id(), Use.WRAP).close();
      isThere(restored, kept, destroyed);
      row.figure(
          "0 copies of wrapped material in %d files, a new backup's and the restored store's among"
                  .formatted(files.size())
              + " them, none in memory");
      row.passed();
    }
  }

  /// What PostgreSQL keeps of older versions of a row until its vacuum is not Keyhold's to erase.
  @Test
  void onPostgresTheRowIsOverwrittenAndInNoNewBackup() throws Exception {
    int keys = 5 * Chaos.rounds(1);
    TestPostgres postgres = TestPostgres.shared();
    String url = postgres.newDatabase();
    var settings =
        new PostgresSettings(
            url, Optional.of(TestPostgres.USER), Optional.empty(), 4, Duration.ofMinutes(1), true);
    try (var row =
            ChaosReport.of(
                    "F23 destruction, PostgreSQL",
                    "keys used, scheduled for deletion and destroyed")
                .rounds(keys);
        var store = TestVault.onPostgres(folder, settings);
        var keyring = keyring(store)) {
      Cmk kept = store.create(KeySpec.AES_256);
      List<Cmk> destroyed = due(store, keyring, keys);
      var wrapped = new ArrayList<String>();
      for (Cmk cmk : destroyed) {
        String hex =
            postgres.value(
                url,
                "SELECT encode(wrapped, 'hex') FROM cmk_material WHERE key_id = '"
                    + cmk.id()
                    + "'");
        wrapped.add(new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1));
      }
      assertThat(keyring.destroyDueKeys()).isEqualTo(keys);

      assertThat(postgres.value(url, "SELECT COUNT(*) FROM cmk")).isEqualTo("1");
      assertThat(
              postgres.value(
                  url,
                  "SELECT COUNT(*) FROM cmk_material WHERE key_id <> '"
                      + kept.id()
                      + "' AND wrapped = decode(repeat('00', length(wrapped)), 'hex')"))
          .isEqualTo(Integer.toString(keys));
      Path restored =
          restored(store, file -> SnapshotFile.ofPostgres(settings, file, _ -> _ -> {}), wrapped);
      assertThat(areInNoFile(wrapped)).contains(restored);
      areGone(store, keyring, destroyed);
      keyring.open(store.project, kept.id(), Use.WRAP).close();
      isThere(restored, kept, destroyed);
      row.figure("each row overwritten with zeros; 0 copies in a new backup and what it restores");
      row.passed();
    }
  }

  private static Keyring keyring(TestVault store) {
    return new Keyring(store.vault, () -> TestVault.NOW.plus(Duration.ofDays(30)), 1000);
  }

  /// Keys that were used, and whose waiting time is over.
  private static List<Cmk> due(TestVault store, Keyring keyring, int count) {
    var due = new ArrayList<Cmk>();
    for (int i = 0; i < count; i++) {
      Cmk cmk = store.create(i % 2 == 0 ? KeySpec.AES_256 : KeySpec.SM4);
      keyring.open(store.project, cmk.id(), Use.WRAP).close();
      store.vault.change(
          store.project, cmk.id(), key -> key.deletionScheduled(TestVault.NOW, Duration.ofDays(7)));
      due.add(cmk);
    }
    return due;
  }

  /// Backs the store up, restores it elsewhere, and looks at the snapshot in between.
  ///
  /// @return the restored database
  private Path restored(
      TestVault store, Function<Path, SnapshotFile> snapshots, List<String> wrapped)
      throws IOException {
    Path file = folder.resolve("store.backup");
    try (Backup backup = Backup.in(folder.resolve("backup"));
        OutputStream out = Files.newOutputStream(file)) {
      backup.take(snapshots, TestVault.NOW, SealedBy.ROOT_KEY, store.seal, _ -> {});
      backup.write(out, store.seal, _ -> {});
      assertThat(areInNoFile(wrapped)).contains(folder.resolve("backup/snapshot.db"));
      backup.discard();
    }
    Path target = folder.resolve("restored");
    try (InputStream in = Files.newInputStream(file);
        DataDirectory directory = DataDirectory.open(target)) {
      BackupHeader header = BackupHeader.read(in);
      try (RestoreTarget into = SqliteRestore.into(directory, header.schema())) {
        Backup.read(header, in, store.seal, into);
        into.finish(_ -> {});
      }
    }
    return DataDirectory.databaseFile(target);
  }

  private List<Path> areInNoFile(List<String> wrapped) throws IOException {
    try (var found = Files.walk(folder)) {
      List<Path> files = found.filter(Files::isRegularFile).toList();
      for (Path file : files) {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(wrapped).describedAs(file.toString()).noneMatch(content::contains);
      }
      return files;
    }
  }

  private static void areGone(TestVault store, Keyring keyring, List<Cmk> destroyed) {
    for (Cmk cmk : destroyed) {
      assertThat(keyring.holds(cmk.id())).isFalse();
      assertThatThrownBy(() -> keyring.open(store.project, cmk.id(), Use.WRAP))
          .isInstanceOfSatisfying(
              KmsException.Rejected.class,
              refusal -> assertThat(refusal.error()).isEqualTo(KmsError.KEY_NOT_FOUND));
    }
  }

  /// The restored store has what was not destroyed, so that it is known to have been looked at.
  private static void isThere(Path database, Cmk kept, List<Cmk> destroyed) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        var select = connection.prepareStatement("SELECT COUNT(*) FROM cmk WHERE id = ?")) {
      for (Cmk cmk : destroyed) {
        assertThat(count(select, cmk)).isZero();
      }
      assertThat(count(select, kept)).isEqualTo(1);
      assertThat(wrapped(connection, kept)).containsPattern("[^\\x00]");
    }
  }

  private static int count(PreparedStatement select, Cmk cmk) throws SQLException {
    select.setString(1, cmk.id().text());
    try (var result = select.executeQuery()) {
      result.next();
      return result.getInt(1);
    }
  }

  private static String wrapped(Connection behind, Cmk cmk) throws SQLException {
    try (var select =
        behind.prepareStatement("SELECT wrapped FROM cmk_material WHERE key_id = ?")) {
      select.setString(1, cmk.id().text());
      try (var result = select.executeQuery()) {
        assertThat(result.next()).isTrue();
        return new String(result.getBytes(1), StandardCharsets.ISO_8859_1);
      }
    }
  }
}
