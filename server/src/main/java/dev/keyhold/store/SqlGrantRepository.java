package dev.keyhold.store;

import dev.keyhold.error.KmsError;
import dev.keyhold.feed.Change;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredGrant;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Grants in the table `cmk_grant`.
public final class SqlGrantRepository implements GrantRepository {
  private static final String COLUMNS =
      "id, key_id, project_id, name, grantee_type, grantee, operations, issuer, retiring,"
          + " created_at, mac";
  static final String SELECT = "SELECT " + COLUMNS + " FROM cmk_grant ";
  private static final String COUNT = "SELECT COUNT(*) FROM cmk_grant ";
  private static final String ORDER = " ORDER BY created_at, id";
  private static final String PAGE = ORDER + " LIMIT ? OFFSET ?";

  // The operations have commas between, so a name is found whole; no name is part of another one
  // that ends or begins like it. Each alternative begins with a column that has an index, or SQLite
  // would look at everybody's grants.
  private static final String RETIRABLE =
      "WHERE issuer = ? OR retiring IN (?, ?)"
          + " OR (grantee = ? AND grantee_type = 'user' AND operations LIKE '%retire-grant%')"
          + " OR (grantee = ? AND grantee_type = 'domain' AND operations LIKE '%retire-grant%')";

  private final Database database;

  public SqlGrantRepository(Database database) {
    this.database = database;
  }

  @Override
  public Optional<StoredGrant> find(String id) {
    return database.query(
        session -> session.first(SqlGrantRepository::grant, SELECT + "WHERE id = ?", id));
  }

  @Override
  public void hold(ProjectId project, KeyId key) {
    database.change(session -> {
      SqlCmkRepository.hold(session, project, key);
      return true;
    });
  }

  @Override
  public void insert(StoredGrant stored, int most, int mostOfGrantee) {
    Grant grant = stored.grant();
    database.change(session -> {
      SqlCmkRepository.hold(session, grant.project(), grant.key());
      if (number(session, COUNT + "WHERE key_id = ?", grant.key().text()) >= most) {
        throw KmsError.TOO_MANY_GRANTS.rejected("A key has at most " + most + " grants.");
      }
      long held =
          number(
              session,
              COUNT + "WHERE key_id = ? AND grantee = ? AND grantee_type = ?",
              grant.key().text(),
              grant.grantee().id(),
              grant.grantee().type().wireName());
      if (held >= mostOfGrantee) {
        throw KmsError.TOO_MANY_GRANTS_OF_PRINCIPAL.rejected(
            "A principal has at most " + mostOfGrantee + " grants on a key.");
      }
      session.update(
          "INSERT INTO cmk_grant (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          grant.id(),
          grant.key().text(),
          grant.project().text(),
          grant.name(),
          grant.grantee().type().wireName(),
          grant.grantee().id(),
          String.join(",", grant.operationNames()),
          grant.issuer(),
          grant.retiring(),
          CmkRow.millis(grant.createdAt()),
          stored.mac());
      // That somebody holds nothing is remembered too.
      changed(
          session,
          new Holder(grant.key().text(), grant.grantee().type().wireName(), grant.grantee().id()));
      return true;
    });
  }

  @Override
  public boolean delete(String id) {
    return database.change(session -> {
      Optional<Holder> held =
          session.first(
              row -> new Holder(row.text(1), row.text(2), row.text(3)),
              "DELETE FROM cmk_grant WHERE id = ? RETURNING key_id, grantee_type, grantee",
              id);
      held.ifPresent(holder -> changed(session, holder));
      return held.isPresent();
    });
  }

  private record Holder(String key, String granteeType, String grantee) {}

  private static void changed(Session session, Holder holder) {
    session.changed(
        Change.Kind.GRANTS, Change.id(holder.key(), holder.granteeType(), holder.grantee()));
  }

  @Override
  public List<StoredGrant> held(KeyId key, Grantee grantee) {
    return database.query(session ->
        session.list(
            SqlGrantRepository::grant,
            SELECT + "WHERE key_id = ? AND grantee = ? AND grantee_type = ?",
            key.text(),
            grantee.id(),
            grantee.type().wireName()));
  }

  @Override
  public List<StoredGrant> page(KeyId key, long offset, int limit) {
    return database.query(session ->
        session.listSound(
            SqlGrantRepository::grant,
            SELECT + "WHERE key_id = ?" + PAGE,
            key.text(),
            limit,
            offset));
  }

  @Override
  public long count(KeyId key) {
    return database.query(session -> number(session, COUNT + "WHERE key_id = ?", key.text()));
  }

  @Override
  public List<StoredGrant> retirable(String user, String domain, long offset, int limit) {
    return database.query(session ->
        session.listSound(
            SqlGrantRepository::grant,
            SELECT + RETIRABLE + PAGE,
            user,
            user,
            domain,
            user,
            domain,
            limit,
            offset));
  }

  @Override
  public long countRetirable(String user, String domain) {
    return database.query(
        session -> number(session, COUNT + RETIRABLE, user, user, domain, user, domain));
  }

  @Override
  public long mostOnOneKey(ProjectId project) {
    return database.query(session ->
        number(
            session,
            "SELECT COALESCE(MAX(n), 0) FROM"
                + " (SELECT COUNT(*) AS n FROM cmk_grant WHERE project_id = ? GROUP BY key_id) g",
            project.text()));
  }

  private static long number(Session session, String sql, Object... parameters) {
    return session.first(row -> row.number(1), sql, parameters).orElseThrow();
  }

  static StoredGrant grant(Row row) throws SQLException {
    var grant =
        new Grant(
            row.text(1),
            new KeyId(row.text(2)),
            new ProjectId(row.text(3)),
            row.text(4),
            new Grantee(granteeType(row.text(5)), row.text(6)),
            operations(row.text(7)),
            row.text(8),
            row.text(9),
            Instant.ofEpochMilli(row.number(10)));
    return new StoredGrant(grant, row.bytes(11));
  }

  private static Grantee.Type granteeType(String wireName) {
    return Stream.of(Grantee.Type.values())
        .filter(type -> type.wireName().equals(wireName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such type of grantee"));
  }

  private static Set<GrantOperation> operations(String names) {
    return Stream.of(names.split(",", -1))
        .map(name ->
            GrantOperation.find(name)
                .orElseThrow(() -> new IllegalArgumentException("no such operation")))
        .collect(Collectors.toUnmodifiableSet());
  }
}
