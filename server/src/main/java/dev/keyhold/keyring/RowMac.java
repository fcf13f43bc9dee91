package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/// The MAC over a key's row: HMAC-SHA256 under a key of its project. Whoever can write to the
/// database but has no root key can't change a state, a date or a name, or move a row to another
/// project.
///
/// The encoding is fixed once released: a format byte, then every column, text as a 4-byte
/// big-endian length and UTF-8, numbers and dates as 8 bytes big-endian.
final class RowMac {
  private static final String PURPOSE = "cmk-row";
  private static final int FORMAT = 1;
  private static final long NO_DATE = Long.MIN_VALUE;

  private final Keks keks;

  RowMac(Keks keks) {
    this.keks = keks;
  }

  StoredCmk sign(Cmk cmk) {
    return new StoredCmk(cmk, keks.mac(scope(cmk), PURPOSE, canonical(cmk)));
  }

  boolean isIntact(StoredCmk stored) {
    Bytes mac = stored.mac();
    return keks.macMatches(scope(stored.cmk()), PURPOSE, canonical(stored.cmk()), mac);
  }

  private static KekScope scope(Cmk cmk) {
    return new KekScope.OfProject(cmk.project());
  }

  private static byte[] canonical(Cmk cmk) {
    var bytes = new ByteArrayOutputStream(512);
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      text(out, cmk.id().text());
      text(out, cmk.project().text());
      text(out, cmk.domain().text());
      text(out, cmk.name().text());
      text(out, cmk.spec().name());
      text(out, cmk.usage().name());
      text(out, cmk.origin().name());
      text(out, cmk.state().wireNumber());
      date(
          out,
          cmk.state() instanceof KeyState.PendingDeletion(var deleteAt)
              ? Optional.of(deleteAt)
              : Optional.empty());
      text(out, cmk.description());
      out.writeLong(cmk.createdAt().toEpochMilli());
      text(out, cmk.enterpriseProject());
      text(out, cmk.keystore());
      out.writeBoolean(cmk.defaultKey());
      out.writeLong(cmk.currentVersion());
      rotation(out, cmk.rotation());
      imported(out, cmk.imported());
      regions(out, cmk.regions());
      out.writeLong(cmk.revision());
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static void rotation(DataOutputStream out, Rotation rotation) throws IOException {
    out.writeLong(rotation.schedule().map(Rotation.Schedule::intervalDays).orElse(0));
    date(out, rotation.schedule().map(Rotation.Schedule::next));
    date(out, rotation.last());
  }

  private static void imported(DataOutputStream out, Optional<ImportedMaterial> imported)
      throws IOException {
    out.writeBoolean(imported.isPresent());
    if (imported.isPresent()) {
      byte[] versions = imported.get().encode().lent();
      out.writeInt(versions.length);
      out.write(versions);
    }
  }

  private static void regions(DataOutputStream out, Optional<Regions> regions) throws IOException {
    out.writeBoolean(regions.isPresent());
    if (regions.isPresent()) {
      text(out, regions.get().role().name());
      text(out, regions.get().primary());
      out.writeLong(regions.get().epoch());
      text(out, regions.get().replicasText());
      out.writeLong(regions.get().staged().orElse(-1));
    }
  }

  private static void date(DataOutputStream out, Optional<Instant> date) throws IOException {
    out.writeLong(date.map(Instant::toEpochMilli).orElse(NO_DATE));
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }
}
