package dev.keyhold.store;

import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Pages of a project's keys, by how many keys come before them: an index has to be walked over
/// these, so the walk begins at whichever end is nearer. The first page and the last cost the same.
final class KeyListing {
  private static final String DEFAULT_ENTERPRISE_PROJECT = "0";

  private final String where;
  private final List<Object> values = new ArrayList<>();

  static List<StoredCmk> page(
      Database database, ProjectId project, KeyFilter filter, long offset, int limit) {
    var listing = new KeyListing(project, filter);
    // The number of keys and the page must be of one moment.
    return database.read(() ->
        database.query(session ->
            listing.page(session, KeyCounts.total(session, project, filter), offset, limit)));
  }

  private KeyListing(ProjectId project, KeyFilter filter) {
    var text = new StringBuilder("project_id = ?");
    values.add(project.text());
    filter.spec().ifPresent(spec -> add(text, "spec", spec.name()));
    filter.state().ifPresent(state -> add(text, "state", state));
    filter
        .enterpriseProject()
        .ifPresent(id -> {
          if (!id.equals(DEFAULT_ENTERPRISE_PROJECT)) {
            // Said again in the words of the partial index, or it would not be found to fit.
            text.append(" AND enterprise_project <> '0'");
          }
          add(text, "enterprise_project", id);
        });
    where = text.toString();
  }

  private void add(StringBuilder text, String column, String value) {
    text.append(" AND ").append(column).append(" = ?");
    values.add(value);
  }

  private List<StoredCmk> page(Session session, long total, long offset, int limit) {
    long size = Math.min(limit, total - offset);
    if (size <= 0) {
      return List.of();
    }
    long after = total - offset - size;
    boolean fromTheEnd = after < offset;
    String direction = fromTheEnd ? " DESC" : "";
    var all = new ArrayList<>(values);
    all.add(size);
    all.add(fromTheEnd ? after : offset);
    // What is skipped is skipped in the index; only the page itself is read from the table.
    List<StoredCmk> found =
        session.listSound(
            CmkRow::cmk,
            "SELECT "
                + CmkRow.COLUMNS
                + " FROM (SELECT id FROM cmk WHERE "
                + where
                + " ORDER BY created_at"
                + direction
                + ", id"
                + direction
                + " LIMIT ? OFFSET ?) p JOIN cmk c ON c.id = p.id ORDER BY c.created_at, c.id",
            all.toArray());
    return Collections.unmodifiableList(found);
  }
}
