package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyOrigin;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How a [StoredCmk] lies in the table `cmk`: what a revision never changes, then what it may.
final class CmkRow {
  private static final List<String> FIXED =
      List.of(
          "id",
          "project_id",
          "domain_id",
          "spec",
          "key_usage",
          "origin",
          "created_at",
          "keystore",
          "default_key");
  private static final List<String> MUTABLE =
      List.of(
          "name",
          "state",
          "delete_at",
          "description",
          "enterprise_project",
          "current_version",
          "rotation_days",
          "rotation_next",
          "rotated_at",
          "import_versions",
          "import_expires_at",
          "region_role",
          "region_primary",
          "region_epoch",
          "region_replicas",
          "region_staged",
          "region_work",
          "revision",
          "mac");

  static final String INSERT_COLUMNS = join(Stream.concat(FIXED.stream(), MUTABLE.stream()));
  static final String INSERT_PLACES =
      join(Stream.generate(() -> "?").limit(FIXED.size() + MUTABLE.size()));
  static final String MUTABLE_ASSIGNMENTS = join(MUTABLE.stream().map(column -> column + " = ?"));

  /// To be read by [#cmk] from the table `cmk`, called `c`.
  static final String COLUMNS =
      join(Stream.concat(FIXED.stream(), MUTABLE.stream()).map(column -> "c." + column));

  private CmkRow() {}

  static List<Object> values(StoredCmk stored) {
    Cmk cmk = stored.cmk();
    var values =
        new ArrayList<Object>(
            List.of(
                cmk.id().text(),
                cmk.project().text(),
                cmk.domain().text(),
                cmk.spec().name(),
                cmk.usage().name(),
                cmk.origin().wireName(),
                millis(cmk.createdAt()),
                cmk.keystore(),
                cmk.defaultKey()));
    values.addAll(mutableValues(stored));
    return values;
  }

  static List<Object> mutableValues(StoredCmk stored) {
    Cmk cmk = stored.cmk();
    Optional<Rotation.Schedule> schedule = cmk.rotation().schedule();
    return new ArrayList<>(
        Arrays.<Object>asList(
            cmk.name().text(),
            cmk.state().wireNumber(),
            deleteAt(cmk.state()),
            cmk.description(),
            cmk.enterpriseProject(),
            cmk.currentVersion(),
            schedule.map(Rotation.Schedule::intervalDays),
            schedule.map(it -> millis(it.next())),
            cmk.rotation().last().map(CmkRow::millis),
            cmk.imported().map(ImportedMaterial::encode),
            cmk.imported().flatMap(ImportedMaterial::expiresAt).map(CmkRow::millis),
            cmk.regions().map(it -> it.role().name()),
            cmk.regions().map(Regions::primary),
            cmk.regions().map(Regions::epoch),
            cmk.regions().map(Regions::replicasText),
            cmk.regions().flatMap(Regions::staged),
            hasRegionWork(cmk),
            cmk.revision(),
            stored.mac()));
  }

  static StoredCmk cmk(Row row) throws SQLException {
    var cmk =
        new Cmk(
            new KeyId(row.text(1)),
            new ProjectId(row.text(2)),
            new DomainId(row.text(3)),
            new KeyName(row.text(10)),
            KeySpec.valueOf(row.text(4)),
            KeyUsage.valueOf(row.text(5)),
            origin(row.text(6)),
            state(row.text(11), row.optionalNumber(12)),
            row.text(13),
            Instant.ofEpochMilli(row.number(7)),
            row.text(14),
            row.text(8),
            row.flag(9),
            row.smallNumber(15),
            rotation(row),
            imported(row),
            regions(row),
            row.number(27));
    // For an index, and under no MAC.
    if (row.flag(26) != hasRegionWork(cmk)) {
      throw new IllegalArgumentException("region_work is another than that of the regions");
    }
    return new StoredCmk(cmk, row.bytes(28));
  }

  private static boolean hasRegionWork(Cmk cmk) {
    return cmk.regions().filter(it -> it.hasWork(cmk.currentVersion())).isPresent();
  }

  private static Rotation rotation(Row row) throws SQLException {
    Optional<Long> days = row.optionalNumber(16);
    Optional<Long> next = row.optionalNumber(17);
    if (days.isPresent() != next.isPresent()) {
      throw new IllegalArgumentException("half a rotation");
    }
    return new Rotation(
        days.isEmpty()
            ? Optional.empty()
            : Optional.of(new Rotation.Schedule(row.smallNumber(16), time(next.orElseThrow()))),
        row.optionalNumber(18).map(CmkRow::time));
  }

  private static Optional<ImportedMaterial> imported(Row row) throws SQLException {
    Optional<ImportedMaterial> imported = row.optionalBytes(19).map(CmkRow::decoded);
    // A copy for the index, which no MAC is over.
    if (!row.optionalNumber(20)
        .equals(imported.flatMap(ImportedMaterial::expiresAt).map(Instant::toEpochMilli))) {
      throw new IllegalArgumentException("import_expires_at is another than that of the versions");
    }
    return imported;
  }

  private static ImportedMaterial decoded(Bytes versions) {
    try {
      return ImportedMaterial.decode(versions);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("import_versions has another form", e);
    }
  }

  private static Optional<Regions> regions(Row row) throws SQLException {
    Optional<Long> epoch = row.optionalNumber(23);
    if (epoch.isEmpty()) {
      for (int column : List.of(21, 22, 24, 25)) {
        if (!row.isNull(column)) {
          throw new IllegalArgumentException("half of what other regions are about");
        }
      }
      return Optional.empty();
    }
    return Optional.of(
        new Regions(
            Regions.Role.valueOf(row.text(21)),
            row.text(22),
            epoch.get(),
            Regions.replicas(row.text(24)),
            row.optionalSmallNumber(25)));
  }

  private static Instant time(long millis) {
    return Instant.ofEpochMilli(millis);
  }

  /// A finer time would come back another one than it was, and fail the row's MAC then.
  static long millis(Instant time) {
    if (!time.equals(time.truncatedTo(ChronoUnit.MILLIS))) {
      throw new IllegalArgumentException("times are stored in whole milliseconds");
    }
    return time.toEpochMilli();
  }

  private static Optional<Long> deleteAt(KeyState state) {
    return state instanceof KeyState.PendingDeletion pending
        ? Optional.of(millis(pending.deleteAt()))
        : Optional.empty();
  }

  private static KeyState state(String number, Optional<Long> deleteAt) {
    KeyState state =
        switch (number) {
          case "2" -> new KeyState.Enabled();
          case "3" -> new KeyState.Disabled();
          case "4" ->
              new KeyState.PendingDeletion(
                  Instant.ofEpochMilli(
                      deleteAt.orElseThrow(() -> new IllegalArgumentException("no delete_at"))));
          case "5" -> new KeyState.PendingImport();
          default -> throw new IllegalArgumentException("no such state");
        };
    if (deleteAt.isPresent() && !(state instanceof KeyState.PendingDeletion)) {
      throw new IllegalArgumentException("delete_at in another state");
    }
    return state;
  }

  private static KeyOrigin origin(String wireName) {
    return Stream.of(KeyOrigin.values())
        .filter(origin -> origin.wireName().equals(wireName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such origin"));
  }

  private static String join(Stream<String> parts) {
    return parts.collect(Collectors.joining(", "));
  }
}
