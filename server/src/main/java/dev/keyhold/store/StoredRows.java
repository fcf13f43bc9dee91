package dev.keyhold.store;

import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AlteredIdentityException;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.StoredAlias;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredGrant;
import dev.keyhold.key.StoredKeystore;
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.key.Tag;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// All rows of an SQLite store as they are at one moment, for who looks through them: a server may
/// be working on it. Writes nothing.
public final class StoredRows implements AutoCloseable {
  private static final int PAGE = 500;
  private static final List<String> TABLES =
      List.of(
          "kek",
          "keystore",
          "cmk",
          "cmk_material",
          "cmk_alias",
          "cmk_grant",
          "cmk_tag",
          "iam_access_key",
          "iam_domain",
          "iam_project",
          "iam_user");

  private final Session session;

  /// Gets each row of a table.
  @FunctionalInterface
  public interface Visitor<T> {
    /// @param id names the row for the operator
    /// @param row empty when it does not parse
    void row(String id, Optional<T> row);
  }

  /// What keeps a table from being right as a whole.
  ///
  /// @param problem a sentence's end for the operator
  public record Finding(String table, String id, String problem) {}

  private StoredRows(Session session) {
    this.session = session;
  }

  /// @throws StoreException when it can't be read at all
  public static StoredRows open(Path database) {
    try {
      var session =
          new Session(new SqliteConnections(database).reader(), false, SqliteDialect.INSTANCE);
      session.command("BEGIN");
      return new StoredRows(session);
    } catch (SQLException e) {
      throw new StoreException("The database " + database + " can't be read: " + e + ".", e);
    }
  }

  /// How many rows all visitors together are shown at the most.
  public long count() {
    return TABLES.stream()
        .mapToLong(table ->
            session.first(row -> row.number(1), "SELECT COUNT(*) FROM " + table).orElseThrow())
        .sum();
  }

  /// What SQLite itself finds: damaged pages, broken indexes and rules.
  public List<String> integrity() {
    return session.list(row -> row.text(1), "PRAGMA integrity_check").stream()
        .filter(line -> !line.equals("ok"))
        .toList();
  }

  public KekRepository keks() {
    return SqlKekRepository.over(session);
  }

  public void eachKek(Visitor<StoredKek> visitor) {
    each(
        "kek", "scope || '/' || version", SqlKekRepository.COLUMNS, SqlKekRepository::kek, visitor);
  }

  public void eachKeystore(Visitor<StoredKeystore> visitor) {
    each(
        "keystore",
        "id",
        "SELECT " + SqlKeystoreRepository.COLUMNS + " FROM keystore ",
        SqlKeystoreRepository::keystore,
        visitor);
  }

  public void eachCmk(Visitor<StoredCmk> visitor) {
    each("cmk c", "id", "SELECT " + CmkRow.COLUMNS + " FROM cmk c ", CmkRow::cmk, visitor);
  }

  /// Without what was overwritten.
  public void eachMaterial(Visitor<StoredMaterial> visitor) {
    each(
        "cmk_material",
        "key_id || '/' || version",
        "SELECT " + SqlCmkRepository.MATERIAL_COLUMNS + " FROM cmk_material ",
        SqlCmkRepository::material,
        (id, row) -> {
          if (row.filter(material -> SqlCmkRepository.isOverwritten(material.wrapped()))
              .isEmpty()) {
            visitor.row(id, row);
          }
        });
  }

  public void eachAlias(Visitor<StoredAlias> visitor) {
    each(
        "cmk_alias",
        "domain_id || '/' || name",
        SqlAliasRepository.SELECT,
        SqlAliasRepository::alias,
        visitor);
  }

  public void eachGrant(Visitor<StoredGrant> visitor) {
    each("cmk_grant", "id", SqlGrantRepository.SELECT, SqlGrantRepository::grant, visitor);
  }

  public void eachTag(Visitor<Tag> visitor) {
    each(
        "cmk_tag",
        "key_id || '/' || name",
        "SELECT name, tag_value FROM cmk_tag ",
        SqlTagRepository::tag,
        visitor);
  }

  public void eachAccessKey(IdentityMac mac, Visitor<AccessKey> visitor) {
    each("iam_access_key", "id", SqlIamRepository.ACCESS_KEY, new IamRows(mac)::accessKey, visitor);
  }

  /// Domains, projects and users. One whose MAC does not match counts as one that does not parse.
  public void eachIdentity(IdentityMac mac, Visitor<Object> visitor) {
    var rows = new IamRows(mac);
    each("iam_domain", "'domain ' || id", SqlIamRepository.DOMAIN, rows::domain, visitor);
    each("iam_project", "'project ' || id", SqlIamRepository.PROJECT, rows::project, visitor);
    each("iam_user", "'user ' || id", SqlIamRepository.USER, rows::user, visitor);
  }

  public Optional<StoredCmk> cmk(KeyId key) {
    return session.first(
        CmkRow::cmk, "SELECT " + CmkRow.COLUMNS + " FROM cmk c WHERE c.id = ?", key.text());
  }

  /// Which versions of its material a key has, those that were overwritten left out.
  ///
  /// @throws DamagedRowException when a row of them does not parse
  public Set<Integer> versions(KeyId key) {
    record Version(int number, boolean overwritten) {}
    return session
        .list(
            row -> new Version(row.smallNumber(1), SqlCmkRepository.isOverwritten(row.bytes(2))),
            "SELECT version, wrapped FROM cmk_material WHERE key_id = ?",
            key.text())
        .stream()
        .filter(version -> !version.overwritten())
        .map(Version::number)
        .collect(Collectors.toUnmodifiableSet());
  }

  /// What rows of different tables say of each other and is not so.
  public List<Finding> contradictions() {
    var found = new ArrayList<Finding>();
    for (String table : List.of("cmk_alias", "cmk_tag", "cmk_grant")) {
      found.addAll(
          session.list(
              row -> new Finding(table, row.text(1), "its key is not there"),
              "SELECT DISTINCT key_id FROM "
                  + table
                  + " WHERE key_id NOT IN (SELECT id FROM cmk)"));
    }
    found.addAll(
        session.list(
            row -> new Finding("project_keys", row.text(1), "it counts another number of keys"),
            "SELECT project_id FROM project_keys p WHERE custom_keys <>"
                + " (SELECT COUNT(*) FROM cmk c"
                + " WHERE c.project_id = p.project_id AND c.default_key = 0)"));
    found.addAll(
        session.list(
            row -> new Finding("cmk", row.text(1), "its project counts no keys"),
            "SELECT id FROM cmk WHERE default_key = 0"
                + " AND project_id NOT IN (SELECT project_id FROM project_keys)"));
    found.addAll(
        session.list(
            row -> new Finding("key_count", row.text(1), "it counts other numbers of keys"),
            "SELECT project_id FROM (SELECT project_id, spec, state, enterprise_project, total AS n"
                + " FROM key_count UNION ALL"
                + " SELECT project_id, spec, state, enterprise_project, -1 FROM cmk)"
                + " GROUP BY project_id, spec, state, enterprise_project HAVING SUM(n) <> 0"));
    return found.stream().distinct().toList();
  }

  private <T> void each(
      String table, String id, String select, Row.Mapper<T> mapper, Visitor<T> visitor) {
    record Place(long rowid, String id) {}
    long last = Long.MIN_VALUE;
    while (true) {
      List<Place> page =
          session.list(
              row -> new Place(row.number(1), row.text(2)),
              "SELECT rowid, "
                  + id
                  + " FROM "
                  + table
                  + " WHERE rowid > ? ORDER BY rowid LIMIT "
                  + PAGE,
              last);
      if (page.isEmpty()) {
        return;
      }
      for (Place place : page) {
        visitor.row(place.id(), parsed(mapper, select + "WHERE rowid = ?", place.rowid()));
      }
      last = page.getLast().rowid();
    }
  }

  private <T> Optional<T> parsed(Row.Mapper<T> mapper, String select, long rowid) {
    try {
      return session.first(mapper, select, rowid);
    } catch (DamagedRowException | AlteredIdentityException _) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (SQLException e) {
      throw new StoreException("The database can't be closed: " + e + ".", e);
    }
  }
}
