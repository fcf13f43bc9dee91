package dev.keyhold.store;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.Tag;
import dev.keyhold.key.TagFilter;
import dev.keyhold.key.TagRepository;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Tags in the table `cmk_tag`.
public final class SqlTagRepository implements TagRepository {
  private final Database database;

  public SqlTagRepository(Database database) {
    this.database = database;
  }

  @Override
  public void put(ProjectId project, KeyId key, List<Tag> tags, int most) {
    database.change(session -> {
      SqlCmkRepository.hold(session, project, key);
      for (Tag tag : tags) {
        session.update(
            "INSERT INTO cmk_tag (key_id, name, tag_value, project_id) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT (key_id, name) DO UPDATE SET tag_value = excluded.tag_value",
            key.text(),
            tag.key(),
            tag.value(),
            project.text());
      }
      long now =
          session
              .first(
                  row -> row.number(1), "SELECT COUNT(*) FROM cmk_tag WHERE key_id = ?", key.text())
              .orElseThrow();
      if (now > most) {
        throw KmsError.TOO_MANY_TAGS.rejected("A key has at most " + most + " tags.");
      }
      return true;
    });
  }

  @Override
  public boolean delete(KeyId key, String tagKey) {
    return database
        .change(session ->
            session.update("DELETE FROM cmk_tag WHERE key_id = ? AND name = ?", key.text(), tagKey))
        .equals(1);
  }

  @Override
  public List<Tag> of(KeyId key) {
    return database.query(session ->
        session.list(
            SqlTagRepository::tag,
            "SELECT name, tag_value FROM cmk_tag WHERE key_id = ? ORDER BY name",
            key.text()));
  }

  @Override
  public List<Tag> all(ProjectId project) {
    return database.query(session ->
        session.list(
            SqlTagRepository::tag,
            "SELECT DISTINCT name, tag_value FROM cmk_tag WHERE project_id = ?"
                + " ORDER BY name, tag_value",
            project.text()));
  }

  @Override
  public List<StoredCmk> search(ProjectId project, TagFilter filter, long offset, int limit) {
    if (isForAll(filter)) {
      return KeyListing.page(database, project, KeyFilter.ALL, offset, limit);
    }
    var where = new Condition(project, filter);
    List<Object> values = new ArrayList<>(where.values);
    values.add(limit);
    values.add(offset);
    return database.query(session ->
        session.listSound(
            CmkRow::cmk,
            "SELECT "
                + CmkRow.COLUMNS
                + where.sql
                + " ORDER BY c.created_at, c.id LIMIT ? OFFSET ?",
            values.toArray()));
  }

  @Override
  public long count(ProjectId project, TagFilter filter) {
    if (isForAll(filter)) {
      return database.query(session -> KeyCounts.total(session, project, KeyFilter.ALL));
    }
    var where = new Condition(project, filter);
    return database.query(session ->
        session
            .first(row -> row.number(1), "SELECT COUNT(*)" + where.sql, where.values.toArray())
            .orElseThrow());
  }

  private static boolean isForAll(TagFilter filter) {
    return filter.wanted().isEmpty() && filter.nameContains().isEmpty();
  }

  static Tag tag(Row row) throws SQLException {
    return new Tag(row.text(1), row.text(2));
  }

  /// FROM and WHERE of a search: from the keys that have the first wanted tag to those of them that
  /// have the others. What a caller wrote is bound, never part of the text.
  ///
  /// CROSS JOIN makes SQLite begin with the tags; without it all keys of the project are walked
  /// over in the order of the listing. Elsewhere it means the same as JOIN.
  private static final class Condition {
    private final String sql;
    private final List<Object> values = new ArrayList<>();

    Condition(ProjectId project, TagFilter filter) {
      var text = new StringBuilder();
      List<TagFilter.Wanted> wanted = filter.wanted();
      if (wanted.isEmpty()) {
        text.append(" FROM cmk c WHERE c.project_id = ?");
        values.add(project.text());
      } else {
        text.append(" FROM cmk_tag t CROSS JOIN cmk c WHERE c.id = t.key_id AND t.project_id = ?");
        values.add(project.text());
        isWanted(text, wanted.getFirst());
        text.append(" AND c.project_id = ?");
        values.add(project.text());
      }
      for (TagFilter.Wanted other : wanted.stream().skip(1).toList()) {
        text.append(" AND EXISTS (SELECT 1 FROM cmk_tag t WHERE t.key_id = c.id");
        isWanted(text, other);
        text.append(")");
      }
      filter
          .nameContains()
          .ifPresent(part -> {
            text.append(" AND LOWER(c.name) LIKE ? ESCAPE '!'");
            values.add("%" + escaped(part.toLowerCase(Locale.ROOT)) + "%");
          });
      sql = text.toString();
    }

    private void isWanted(StringBuilder text, TagFilter.Wanted wanted) {
      text.append(" AND t.name = ?");
      values.add(wanted.key());
      if (!wanted.values().isEmpty()) {
        text.append(" AND t.tag_value IN (")
            .append(String.join(", ", Collections.nCopies(wanted.values().size(), "?")))
            .append(")");
        values.addAll(wanted.values());
      }
    }

    private static String escaped(String part) {
      return part.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }
  }
}
