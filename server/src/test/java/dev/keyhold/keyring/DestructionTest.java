package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is left of a key when its waiting time is over: nothing that opens, and no copy of what
/// did.
@Tag(Chaos.TAG)
final class DestructionTest {
  @TempDir Path folder;

  @Test
  void destroyedMaterialIsInNoFileNoCacheAndNoNewCopy() throws Exception {
    int keys = 5 * Chaos.rounds(4);
    try (var row =
            ChaosReport.of("F23 destruction", "keys used, scheduled for deletion and destroyed")
                .rounds(keys);
        var store = new TestVault(folder);
        var keyring =
            new Keyring(store.vault, () -> TestVault.NOW.plus(Duration.ofDays(30)), 1000);
        Connection behind = store.connect()) {
      var destroyed = new ArrayList<Cmk>();
      var wrapped = new ArrayList<String>();
      Cmk kept = store.create(KeySpec.AES_256);
      for (int i = 0; i < keys; i++) {
        Cmk cmk = store.create(i % 2 == 0 ? KeySpec.AES_256 : KeySpec.SM4);
        keyring.open(store.project, cmk.id(), Use.WRAP).close();
        wrapped.add(wrapped(behind, cmk));
        store.vault.change(
            store.project,
            cmk.id(),
            key -> key.deletionScheduled(TestVault.NOW, Duration.ofDays(7)));
        destroyed.add(cmk);
      }

      assertThat(keyring.destroyDueKeys()).isEqualTo(keys);

      Path copy = folder.resolve("copy.db");
      try (var statement = behind.createStatement()) {
        statement.execute("VACUUM INTO '" + copy + "'");
      }
      List<Path> files = files();
      assertThat(files).contains(copy);
      for (Path file : files) {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(wrapped).noneMatch(content::contains);
      }
      for (Cmk cmk : destroyed) {
        assertThat(keyring.holds(store.project, cmk.id())).isFalse();
        assertThatThrownBy(() -> keyring.open(store.project, cmk.id(), Use.WRAP))
            .isInstanceOf(KmsException.Rejected.class);
      }
      keyring.open(store.project, kept.id(), Use.WRAP).close();
      row.figure("0 copies of wrapped material in " + files.size() + " files, none in memory");
      row.passed();
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

  private List<Path> files() throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
