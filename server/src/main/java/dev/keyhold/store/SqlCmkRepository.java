package dev.keyhold.store;

import dev.keyhold.audit.AuditScope;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import dev.keyhold.feed.Change;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// CMKs in the tables `cmk`, `cmk_material`, `project_keys` and `key_count`.
public final class SqlCmkRepository implements CmkRepository {
  private static final String PENDING_DELETION =
      new KeyState.PendingDeletion(Instant.EPOCH).wireNumber();
  static final String MATERIAL_COLUMNS = "key_id, version, wrapped, created_at";

  private static final Logger log = LoggerFactory.getLogger(SqlCmkRepository.class);

  private final Database database;

  /// Ids of rows that do not parse, met by housekeeping.
  private final Set<String> damaged = ConcurrentHashMap.newKeySet();

  public SqlCmkRepository(Database database) {
    this.database = database;
  }

  @Override
  public Optional<StoredCmk> find(ProjectId project, KeyId key) {
    return database.query(session ->
        session.first(
            CmkRow::cmk,
            "SELECT " + CmkRow.COLUMNS + " FROM cmk c WHERE c.id = ? AND c.project_id = ?",
            key.text(),
            project.text()));
  }

  @Override
  public Optional<StoredCmk> findDefault(ProjectId project, KeyName name) {
    return database.query(session ->
        session.first(
            CmkRow::cmk,
            "SELECT "
                + CmkRow.COLUMNS
                + " FROM cmk c WHERE c.project_id = ? AND c.name = ? AND c.default_key = 1",
            project.text(),
            name.text()));
  }

  @Override
  public Optional<StoredMaterial> material(KeyId key, int version) {
    return database
        .query(session ->
            session.first(
                SqlCmkRepository::material,
                "SELECT "
                    + MATERIAL_COLUMNS
                    + " FROM cmk_material WHERE key_id = ? AND version = ?",
                key.text(),
                version))
        .filter(material -> !isOverwritten(material.wrapped()));
  }

  @Override
  public void insert(StoredCmk key, Optional<StoredMaterial> material, int quota) {
    database.change(session -> {
      insertKey(session, key);
      if (key.cmk().regions().isPresent()) {
        session.changed(Change.Kind.REPLICA, key.cmk().id().text());
      }
      if (!key.cmk().defaultKey()) {
        countOneMore(session, key.cmk().project(), quota);
      }
      KeyCounts.add(session, key.cmk());
      material.ifPresent(first -> insertMaterial(session, first));
      AuditScope.changed(
          key.cmk().project().text(), key.cmk().id().text()); // not if it was refused
      return true;
    });
  }

  @Override
  public boolean replace(StoredCmk next) {
    Cmk cmk = next.cmk();
    return database.change(session -> {
      AuditScope.changed(cmk.project().text(), cmk.id().text());
      List<Object> values = CmkRow.mutableValues(next);
      values.add(cmk.id().text());
      values.add(cmk.project().text());
      values.add(cmk.revision() - 1);
      session.changed(Change.Kind.KEY, cmk.id().text());
      // A revision never changes, so what is read here is what the update finds, or it finds
      // nothing.
      Optional<KeyCounts.Kind> before =
          session.first(
              KeyCounts.Kind::of,
              "SELECT "
                  + KeyCounts.Kind.COLUMNS
                  + " FROM cmk WHERE id = ? AND project_id = ? AND revision = ?",
              cmk.id().text(),
              cmk.project().text(),
              cmk.revision() - 1);
      boolean replaced =
          session.updateUnlessTaken(
                  KmsError.ALIAS_IN_USE::rejected,
                  "UPDATE cmk SET "
                      + CmkRow.MUTABLE_ASSIGNMENTS
                      + " WHERE id = ? AND project_id = ? AND revision = ?",
                  values.toArray())
              == 1;
      if (replaced) {
        KeyCounts.move(session, before.orElseThrow(), KeyCounts.Kind.of(cmk));
      }
      return replaced;
    });
  }

  @Override
  public void putMaterial(StoredMaterial material) {
    database.change(session -> {
      session.changed(Change.Kind.KEY, material.key().text());
      insertMaterial(session, material);
      return true;
    });
  }

  @Override
  public void eraseMaterial(KeyId key, int version) {
    database.change(session -> {
      session.changed(Change.Kind.KEY, key.text());
      overwriteMaterial(session, key, of -> of == version);
      return true;
    });
  }

  @Override
  public List<MaterialVersion> versions(KeyId key) {
    return database.query(session -> allMaterial(session, key)).stream()
        .filter(material -> !isOverwritten(material.wrapped()))
        .map(material -> new MaterialVersion(material.version(), material.createdAt()))
        .toList();
  }

  @Override
  public List<StoredCmk> page(ProjectId project, KeyFilter filter, long offset, int limit) {
    return KeyListing.page(database, project, filter, offset, limit);
  }

  @Override
  public long count(ProjectId project, KeyFilter filter) {
    return database.query(session -> KeyCounts.total(session, project, filter));
  }

  @Override
  public long countCustom(ProjectId project) {
    return database.query(session ->
        session
            .first(
                row -> row.number(1),
                "SELECT custom_keys FROM project_keys WHERE project_id = ?",
                project.text())
            .orElse(0L));
  }

  @Override
  public List<StoredCmk> deletionDue(Instant now, int limit) {
    return due("c.delete_at", "c.delete_at IS NOT NULL", now, limit);
  }

  @Override
  public List<StoredCmk> rotationDue(Instant now, int limit) {
    // The state is spelled out, or the partial index would not be found to fit.
    // A primary on its way elsewhere keeps its schedule for the next one, and a rotation that is
    // under way ends before another one begins.
    return due(
        "c.rotation_next",
        "c.rotation_next IS NOT NULL AND c.state = '2'"
            + " AND (c.region_role IS NULL OR c.region_role = 'PRIMARY')"
            + " AND c.region_staged IS NULL",
        now,
        limit);
  }

  @Override
  public List<StoredCmk> materialExpired(Instant now, int limit) {
    return due("c.import_expires_at", "c.import_expires_at IS NOT NULL", now, limit);
  }

  @Override
  public List<StoredCmk> regionWork(Optional<KeyId> after, int limit) {
    return database.query(session ->
        session.listSound(
            CmkRow::cmk,
            "SELECT "
                + CmkRow.COLUMNS
                + " FROM cmk c WHERE c.region_work = 1 AND c.id > ? ORDER BY c.id LIMIT ?",
            after.map(KeyId::text).orElse(""),
            limit));
  }

  /// Keys whose time in `column` has come.
  ///
  /// @param indexed the condition of the partial index on `column`
  private List<StoredCmk> due(String column, String indexed, Instant now, int limit) {
    List<Optional<StoredCmk>> rows =
        database.query(session ->
            session.list(
                this::soundCmk,
                "SELECT "
                    + CmkRow.COLUMNS
                    + " FROM cmk c WHERE "
                    + indexed
                    + " AND "
                    + column
                    + " <= ? ORDER BY "
                    + column
                    + ", c.id LIMIT ?",
                now.toEpochMilli(),
                limit + damaged.size()));
    return rows.stream().flatMap(Optional::stream).limit(limit).toList();
  }

  /// Empty for a row that does not parse, which is reported once: the other keys' time has come all
  /// the same.
  private Optional<StoredCmk> soundCmk(Row row) throws SQLException {
    try {
      return Optional.of(CmkRow.cmk(row));
    } catch (IllegalArgumentException unparseable) {
      String id = row.text(1);
      if (damaged.add(id)) {
        log.error("the row of key {} does not parse; housekeeping passes over it", id, unparseable);
      }
      return Optional.empty();
    }
  }

  @Override
  public boolean destroy(KeyId key, long revision) {
    record Gone(KeyCounts.Kind kind, boolean defaultKey) {}
    return database.change(session -> {
      Optional<Gone> gone =
          session.first(
              row -> new Gone(KeyCounts.Kind.of(row), row.flag(5)),
              "DELETE FROM cmk WHERE id = ? AND revision = ? AND state = ? RETURNING "
                  + KeyCounts.Kind.COLUMNS
                  + ", default_key",
              key.text(),
              revision,
              PENDING_DELETION);
      if (gone.isEmpty()) {
        return false;
      }
      String project = gone.get().kind().project();
      AuditScope.changed(project, key.text());
      // Not its aliases and grants: what is left of them in memory leads to no key, unless it is
      // made again, as a replica (Kind.REPLICA).
      session.changed(Change.Kind.KEY, key.text());
      if (!gone.get().defaultKey()) {
        session.update(
            "UPDATE project_keys SET custom_keys = custom_keys - 1 WHERE project_id = ?", project);
      }
      KeyCounts.remove(session, gone.get().kind());
      session.update("DELETE FROM cmk_alias WHERE key_id = ?", key.text());
      session.update("DELETE FROM cmk_tag WHERE key_id = ?", key.text());
      session.update("DELETE FROM cmk_grant WHERE key_id = ?", key.text());
      overwriteMaterial(session, key, _ -> true);
      return true;
    });
  }

  private static void insertKey(Session session, StoredCmk key) {
    int inserted =
        session.update(
            "INSERT INTO cmk ("
                + CmkRow.INSERT_COLUMNS
                + ") VALUES ("
                + CmkRow.INSERT_PLACES
                + ") ON CONFLICT DO NOTHING",
            CmkRow.values(key).toArray());
    if (inserted == 0) {
      throw KmsError.ALIAS_IN_USE.rejected();
    }
  }

  /// Makes changes to what belongs to a key queue up, its destruction among them: to be called in a
  /// transaction before they are counted.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the project has no such key
  static void hold(Session session, ProjectId project, KeyId key) {
    int held =
        session.hold(
            "UPDATE cmk SET revision = revision WHERE id = ? AND project_id = ?",
            key.text(),
            project.text());
    if (held == 0) {
      throw KmsError.KEY_NOT_FOUND.rejected();
    }
  }

  /// Concurrent inserts queue at the project's row, so exactly `quota` of them pass.
  private static void countOneMore(Session session, ProjectId project, int quota) {
    int counted =
        quota < 1
            ? 0
            : session.update(
                "INSERT INTO project_keys (project_id, custom_keys) VALUES (?, 1)"
                    + " ON CONFLICT (project_id) DO UPDATE"
                    + " SET custom_keys = project_keys.custom_keys + 1"
                    + " WHERE project_keys.custom_keys < ?",
                project.text(),
                quota);
    if (counted == 0) {
      throw KmsError.KEY_QUOTA_REACHED.rejected();
    }
  }

  private static void insertMaterial(Session session, StoredMaterial material) {
    session.update(
        "INSERT INTO cmk_material ("
            + MATERIAL_COLUMNS
            + ") VALUES (?, ?, ?, ?) ON CONFLICT (key_id, version) DO UPDATE"
            + " SET wrapped = excluded.wrapped, created_at = excluded.created_at",
        material.key().text(),
        material.version(),
        material.wrapped(),
        CmkRow.millis(material.createdAt()));
  }

  /// A row of the same length is overwritten where it lies; see the migration for why it stays.
  private static void overwriteMaterial(Session session, KeyId key, IntPredicate versions) {
    for (StoredMaterial material : allMaterial(session, key)) {
      if (!versions.test(material.version())) {
        continue;
      }
      session.update(
          "UPDATE cmk_material SET wrapped = ? WHERE key_id = ? AND version = ?",
          Bytes.owning(new byte[material.wrapped().length()]),
          key.text(),
          material.version());
    }
    session.eraseAfterCommit();
  }

  private static List<StoredMaterial> allMaterial(Session session, KeyId key) {
    return session.list(
        SqlCmkRepository::material,
        "SELECT " + MATERIAL_COLUMNS + " FROM cmk_material WHERE key_id = ? ORDER BY version",
        key.text());
  }

  static boolean isOverwritten(Bytes wrapped) {
    return Arrays.equals(wrapped.lent(), new byte[wrapped.length()]);
  }

  static StoredMaterial material(Row row) throws SQLException {
    return new StoredMaterial(
        new KeyId(row.text(1)),
        row.smallNumber(2),
        row.bytes(3),
        Instant.ofEpochMilli(row.number(4)));
  }
}
