package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.keyring.Imports;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.keyring.TestVault;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.store.SqlKekRepository;
import dev.keyhold.store.StoredRows;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `keyhold store verify` finds of key material that was lost, or put back.
final class StoreCheckTest {
  private static final String SOUND = "All is as Keyhold wrote it.";
  private static final Instant FAR = TestVault.NOW.plus(Duration.ofDays(36_500));

  @TempDir Path folder;
  private TestVault store;
  private Keyring keyring;
  private Rotations rotations;

  @BeforeEach
  void open() {
    store = new TestVault(folder);
    SealCheck.establish(store.seal, new SqlKekRepository(store.database));
    keyring = new Keyring(store.vault, Instant::now, 10);
    rotations = new Rotations(store.vault, keyring, store.generator, Instant::now, it -> it);
  }

  @AfterEach
  void close() {
    keyring.close();
    store.close();
  }

  @Test
  void aVersionBeforeTheCurrentOneIsMissed() throws SQLException {
    Cmk cmk = rotated();
    assertThat(verified()).contains(SOUND);
    store.edit("DELETE FROM cmk_material WHERE version = 0");
    assertThat(verified()).contains("BAD cmk " + cmk.id() + ": its material is missing", " 0\n");
  }

  @Test
  void aVersionThatWasOverwrittenIsMissed() throws SQLException {
    Cmk cmk = rotated();
    store.edit("UPDATE cmk_material SET wrapped = zeroblob(length(wrapped)) WHERE version = 0");
    assertThat(verified()).contains("BAD cmk " + cmk.id() + ": its material is missing");
  }

  @Test
  void theMaterialOfAKeyThatIsToBeDeletedIsMissedToo() throws SQLException {
    Cmk cmk = rotated();
    store.vault.change(
        store.project, cmk.id(), key -> key.deletionScheduled(TestVault.NOW, Duration.ofDays(7)));
    assertThat(verified()).contains(SOUND);
    store.edit("DELETE FROM cmk_material WHERE version = 1");
    assertThat(verified()).contains("BAD cmk " + cmk.id() + ": its material is missing");
  }

  @Test
  void aStagedVersionIsMissedToo() throws SQLException {
    Cmk cmk = store.create(KeySpec.AES_256);
    var replica = new Regions.Replica("elsewhere", ProjectId.random());
    store.vault.change(
        store.project,
        cmk.id(),
        key ->
            key.toBuilder()
                .regions(Optional.of(Regions.primaryIn("here").with(replica)))
                .revision(key.revision() + 1)
                .build());
    assertThatThrownBy(() -> rotations.rotate(store.project, cmk.id()))
        .isInstanceOf(KmsException.Rejected.class); // the replica is not reached
    assertThat(verified()).contains(SOUND);
    store.edit("DELETE FROM cmk_material WHERE version = 1");
    assertThat(verified()).contains("BAD cmk " + cmk.id() + ": its material is missing");
  }

  @Test
  void importedMaterialIsMissedUnlessItWasDeleted() throws SQLException {
    Cmk cmk = store.imported(KeySpec.AES_256, FAR);
    store.nextImported(cmk);
    assertThat(verified()).contains(SOUND);
    store.edit("DELETE FROM cmk_material WHERE version = 1"); // it awaits rotation
    assertThat(verified()).contains("BAD cmk " + cmk.id() + ": its material is missing");
  }

  @Test
  void deletedMaterialIsNotMissedAndMustNotComeBack() throws SQLException {
    Cmk cmk = store.imported(KeySpec.AES_256, FAR);
    store.edit("CREATE TABLE kept AS SELECT wrapped FROM cmk_material");
    new Imports(store.vault, keyring, store.generator, store.keks, Instant::now, Instant::now)
        .deleteMaterial(store.project, cmk.id());
    assertThat(verified()).contains(SOUND);
    store.edit("UPDATE cmk_material SET wrapped = (SELECT wrapped FROM kept)");
    assertThat(verified()).contains("BAD cmk_material " + cmk.id() + "/0: it is not what was");
  }

  @Test
  void replacedMaterialThatIsPutBackIsFound() throws SQLException {
    Cmk cmk = store.imported(KeySpec.AES_256, FAR);
    store.nextImported(cmk);
    store.edit("CREATE TABLE kept AS SELECT wrapped FROM cmk_material WHERE version = 1");
    store.nextImported(cmk);
    rotations.rotate(store.project, cmk.id());
    assertThat(verified()).contains(SOUND);
    store.edit("UPDATE cmk_material SET wrapped = (SELECT wrapped FROM kept) WHERE version = 1");
    assertThat(verified()).contains("BAD cmk_material " + cmk.id() + "/1: it is not what was");
  }

  private Cmk rotated() {
    Cmk cmk = store.create(KeySpec.AES_256);
    return rotations.rotate(store.project, cmk.id());
  }

  private String verified() {
    var out = new ByteArrayOutputStream();
    var silent =
        new Progress(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
            false,
            "verify",
            1,
            Progress.ROWS);
    try (var rows = StoredRows.open(store.file());
        var printed = new PrintStream(out, true, StandardCharsets.UTF_8)) {
      new StoreCheck(rows, store.seal, Optional.empty(), printed, silent).run();
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
