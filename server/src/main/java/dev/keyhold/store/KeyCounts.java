package dev.keyhold.store;

import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.ProjectId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;

/// The table `key_count`: how many keys of each kind a project has. It changes in the transaction
/// that changes the keys, so that a listing can tell how long it is without looking at them.
final class KeyCounts {
  private static final String IS_OF_KIND =
      " WHERE project_id = ? AND spec = ? AND state = ? AND enterprise_project = ?";

  private KeyCounts() {}

  /// What keys are counted by: the columns that a listing may ask for.
  record Kind(String project, String spec, String state, String enterpriseProject) {
    static final String COLUMNS = "project_id, spec, state, enterprise_project";

    /// Of the kinds that one key can be of.
    private static final Comparator<Kind> ORDER =
        Comparator.comparing(Kind::state).thenComparing(Kind::enterpriseProject);

    static Kind of(Cmk cmk) {
      return new Kind(
          cmk.project().text(),
          cmk.spec().name(),
          cmk.state().wireNumber(),
          cmk.enterpriseProject());
    }

    /// Of a row that begins with [#COLUMNS].
    static Kind of(Row row) throws SQLException {
      return new Kind(row.text(1), row.text(2), row.text(3), row.text(4));
    }

    private Object[] values() {
      return new Object[] {project, spec, state, enterpriseProject};
    }
  }

  static void add(Session session, Cmk cmk) {
    add(session, Kind.of(cmk));
  }

  /// A key of the kind `before` is one of the kind `after` now.
  static void move(Session session, Kind before, Kind after) {
    int order = Kind.ORDER.compare(before, after);
    // Two that move keys to and fro between two kinds must not wait for each other.
    if (order < 0) {
      remove(session, before);
      add(session, after);
    } else if (order > 0) {
      add(session, after);
      remove(session, before);
    }
  }

  static void remove(Session session, Kind kind) {
    session.update("UPDATE key_count SET total = total - 1" + IS_OF_KIND, kind.values());
  }

  private static void add(Session session, Kind kind) {
    session.update(
        "INSERT INTO key_count ("
            + Kind.COLUMNS
            + ", total) VALUES (?, ?, ?, ?, 1) ON CONFLICT ("
            + Kind.COLUMNS
            + ") DO UPDATE SET total = key_count.total + 1",
        kind.values());
  }

  /// How many keys of `project` fit `filter`.
  static long total(Session session, ProjectId project, KeyFilter filter) {
    var sql =
        new StringBuilder("SELECT COALESCE(SUM(total), 0) FROM key_count WHERE project_id = ?");
    var values = new ArrayList<Object>();
    values.add(project.text());
    filter
        .spec()
        .ifPresent(spec -> {
          sql.append(" AND spec = ?");
          values.add(spec.name());
        });
    filter
        .state()
        .ifPresent(state -> {
          sql.append(" AND state = ?");
          values.add(state);
        });
    filter
        .enterpriseProject()
        .ifPresent(id -> {
          sql.append(" AND enterprise_project = ?");
          values.add(id);
        });
    return session.first(row -> row.number(1), sql.toString(), values.toArray()).orElseThrow();
  }
}
