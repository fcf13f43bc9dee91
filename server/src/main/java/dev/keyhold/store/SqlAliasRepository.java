package dev.keyhold.store;

import dev.keyhold.error.KmsError;
import dev.keyhold.feed.Change;
import dev.keyhold.key.Alias;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.AliasRepository;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredAlias;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Aliases in the table `cmk_alias`.
public final class SqlAliasRepository implements AliasRepository {
  static final String SELECT =
      "SELECT domain_id, name, project_id, key_id, created_at, updated_at, mac FROM cmk_alias ";

  private final Database database;

  public SqlAliasRepository(Database database) {
    this.database = database;
  }

  @Override
  public Optional<StoredAlias> find(DomainId domain, AliasName name) {
    return database.query(session ->
        session.first(
            SqlAliasRepository::alias,
            SELECT + "WHERE domain_id = ? AND name = ?",
            domain.text(),
            name.text()));
  }

  @Override
  public void insert(StoredAlias stored, int most) {
    Alias alias = stored.alias();
    database.change(session -> {
      requireRoom(session, alias, most);
      int inserted =
          session.update(
              "INSERT INTO cmk_alias"
                  + " (domain_id, name, project_id, key_id, created_at, updated_at, mac)"
                  + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (domain_id, name) DO NOTHING",
              alias.domain().text(),
              alias.name().text(),
              alias.project().text(),
              alias.key().text(),
              CmkRow.millis(alias.createdAt()),
              CmkRow.millis(alias.updatedAt()),
              stored.mac());
      if (inserted == 0) {
        throw KmsError.ALIAS_IN_USE.rejected();
      }
      changed(session, alias.domain().text(), alias.name()); // it may have been another key's
      return true;
    });
  }

  @Override
  public boolean replace(StoredAlias before, StoredAlias stored, int most) {
    Alias alias = stored.alias();
    return database.change(session -> {
      requireRoom(session, alias, most);
      int replaced =
          session.update(
              "UPDATE cmk_alias SET key_id = ?, updated_at = ?, mac = ?"
                  + " WHERE domain_id = ? AND name = ? AND project_id = ? AND mac = ?",
              alias.key().text(),
              CmkRow.millis(alias.updatedAt()),
              stored.mac(),
              alias.domain().text(),
              alias.name().text(),
              alias.project().text(),
              before.mac());
      changed(session, alias.domain().text(), alias.name());
      return replaced == 1;
    });
  }

  @Override
  public boolean delete(KeyId key, AliasName name) {
    return database.change(session -> {
      Optional<String> domain =
          session.first(
              row -> row.text(1),
              "DELETE FROM cmk_alias WHERE key_id = ? AND name = ? RETURNING domain_id",
              key.text(),
              name.text());
      domain.ifPresent(its -> changed(session, its, name));
      return domain.isPresent();
    });
  }

  private static void changed(Session session, String domain, AliasName name) {
    session.changed(Change.Kind.ALIAS, Change.id(domain, name.text()));
  }

  @Override
  public List<StoredAlias> page(ProjectId project, Optional<KeyId> key, String after, int limit) {
    return database.query(session -> {
      var sound = new ArrayList<StoredAlias>();
      String from = after;
      boolean more = true;
      while (more) {
        int wanted = limit - sound.size();
        List<Named> rows = rows(session, project, key, from, wanted);
        rows.forEach(row -> row.alias().ifPresent(sound::add));
        // For those that do not parse others move up: a short page would look like the last one.
        more = rows.size() == wanted && sound.size() < limit;
        from = rows.isEmpty() ? from : rows.getLast().name();
      }
      return List.copyOf(sound);
    });
  }

  /// A row under its name, whether or not it parses.
  private record Named(String name, Optional<StoredAlias> alias) {}

  private static List<Named> rows(
      Session session, ProjectId project, Optional<KeyId> key, String after, int limit) {
    var values = new ArrayList<Object>(List.of(project.text(), after));
    key.ifPresent(id -> values.add(id.text()));
    values.add(limit);
    return session.list(
        row -> new Named(row.text(2), Session.soundOne(SqlAliasRepository::alias, row, SELECT)),
        SELECT
            + "WHERE project_id = ? AND name > ?"
            + (key.isPresent() ? " AND key_id = ?" : "")
            + " ORDER BY name LIMIT ?",
        values.toArray());
  }

  private static void requireRoom(Session session, Alias alias, int most) {
    SqlCmkRepository.hold(session, alias.project(), alias.key());
    long others =
        session
            .first(
                row -> row.number(1),
                "SELECT COUNT(*) FROM cmk_alias WHERE key_id = ? AND name <> ?",
                alias.key().text(),
                alias.name().text())
            .orElseThrow();
    if (others >= most) {
      throw KmsError.INVALID_PARAMETER.rejected("A key has at most " + most + " aliases.");
    }
  }

  static StoredAlias alias(Row row) throws SQLException {
    var alias =
        new Alias(
            new DomainId(row.text(1)),
            new AliasName(row.text(2)),
            new ProjectId(row.text(3)),
            new KeyId(row.text(4)),
            Instant.ofEpochMilli(row.number(5)),
            Instant.ofEpochMilli(row.number(6)));
    return new StoredAlias(alias, row.bytes(7));
  }
}
