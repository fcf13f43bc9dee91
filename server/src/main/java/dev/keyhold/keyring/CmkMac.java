package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.seal.CanonicalRow;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import java.time.Instant;
import java.util.Optional;

/// The MAC over a key's row, under a key of its project: whoever can write to the database but has
/// no root key can't change a state, a date or a name, or move a row to another project.
final class CmkMac {
  private static final String PURPOSE = "cmk-row";
  private static final int FORMAT = 1;
  private static final long NO_DATE = Long.MIN_VALUE;
  private static final long NOT_STAGED = -1;

  private final Keks keks;

  CmkMac(Keks keks) {
    this.keks = keks;
  }

  StoredCmk sign(Cmk cmk) {
    return new StoredCmk(cmk, keks.mac(scope(cmk), PURPOSE, canonical(cmk)));
  }

  boolean isIntact(StoredCmk stored) {
    Cmk cmk = stored.cmk();
    return keks.macMatches(scope(cmk), PURPOSE, canonical(cmk), stored.mac());
  }

  /// @throws IntegrityException when the row was altered
  Cmk checked(StoredCmk stored) {
    if (!isIntact(stored)) {
      throw IntegrityException.reported(stored.cmk().id(), "the MAC of its row does not match");
    }
    return stored.cmk();
  }

  private static KekScope scope(Cmk cmk) {
    return new KekScope.OfProject(cmk.project());
  }

  static byte[] canonical(Cmk cmk) {
    var row =
        new CanonicalRow(FORMAT)
            .text(cmk.id().text())
            .text(cmk.project().text())
            .text(cmk.domain().text())
            .text(cmk.name().text())
            .text(cmk.spec().name())
            .text(cmk.usage().name())
            .text(cmk.origin().name())
            .text(cmk.state().wireNumber());
    date(row, deletion(cmk.state()));
    row.text(cmk.description())
        .number(cmk.createdAt().toEpochMilli())
        .text(cmk.enterpriseProject())
        .text(cmk.keystore())
        .flag(cmk.defaultKey())
        .number(cmk.currentVersion());
    rotation(row, cmk.rotation());
    imported(row, cmk.imported().map(ImportedMaterial::encode));
    regions(row, cmk.regions());
    return row.number(cmk.revision()).bytes();
  }

  private static Optional<Instant> deletion(KeyState state) {
    return state instanceof KeyState.PendingDeletion(var deleteAt)
        ? Optional.of(deleteAt)
        : Optional.empty();
  }

  private static void rotation(CanonicalRow row, Rotation rotation) {
    row.number(rotation.schedule().map(Rotation.Schedule::intervalDays).orElse(0));
    date(row, rotation.schedule().map(Rotation.Schedule::next));
    date(row, rotation.last());
  }

  private static void imported(CanonicalRow row, Optional<Bytes> versions) {
    row.flag(versions.isPresent());
    versions.ifPresent(row::blob);
  }

  private static void regions(CanonicalRow row, Optional<Regions> regions) {
    row.flag(regions.isPresent());
    regions.ifPresent(it ->
        row.text(it.role().name())
            .text(it.primary())
            .number(it.epoch())
            .text(it.replicasText())
            .number(it.staged().map(Integer::longValue).orElse(NOT_STAGED)));
  }

  private static void date(CanonicalRow row, Optional<Instant> date) {
    row.number(date.map(Instant::toEpochMilli).orElse(NO_DATE));
  }
}
