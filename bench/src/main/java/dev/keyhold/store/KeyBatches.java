package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.Tag;
import dev.keyhold.keyring.KeyMaker.Made;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Stores many keys in one transaction, in the columns and by the counts of [SqlCmkRepository],
/// which stores them one by one.
public final class KeyBatches {
  private final Database database;

  public KeyBatches(Database database) {
    this.database = database;
  }

  /// Stores keys of one project.
  public void insert(List<Made> keys) {
    database.change(session -> {
      try {
        insert(session, keys);
      } catch (SQLException e) {
        throw new IllegalStateException("a batch of keys can't be stored", e);
      }
      return true;
    });
  }

  private static void insert(Session session, List<Made> keys) throws SQLException {
    batch(
        session,
        "INSERT INTO cmk (" + CmkRow.INSERT_COLUMNS + ") VALUES (" + CmkRow.INSERT_PLACES + ")",
        keys.stream().map(made -> CmkRow.values(made.key()).toArray()).toList());
    batch(
        session,
        "INSERT INTO cmk_material (" + SqlCmkRepository.MATERIAL_COLUMNS + ") VALUES (?, ?, ?, ?)",
        keys.stream()
            .map(Made::material)
            .map(material ->
                new Object[] {
                  material.key().text(),
                  material.version(),
                  material.wrapped(),
                  CmkRow.millis(material.createdAt())
                })
            .toList());
    var tags = new ArrayList<Object[]>();
    for (Made made : keys) {
      Cmk cmk = made.key().cmk();
      for (Tag tag : made.tags()) {
        tags.add(new Object[] {cmk.id().text(), tag.key(), tag.value(), cmk.project().text()});
      }
    }
    batch(
        session,
        "INSERT INTO cmk_tag (key_id, name, tag_value, project_id) VALUES (?, ?, ?, ?)",
        tags);
    session.update(
        "INSERT INTO project_keys (project_id, custom_keys) VALUES (?, ?) ON CONFLICT (project_id)"
            + " DO UPDATE SET custom_keys = project_keys.custom_keys + excluded.custom_keys",
        keys.getFirst().key().cmk().project().text(),
        keys.size());
    keys.stream().map(Made::key).map(StoredCmk::cmk).forEach(cmk -> KeyCounts.add(session, cmk));
  }

  private static void batch(Session session, String sql, List<Object[]> rows) throws SQLException {
    try (PreparedStatement statement = session.connection().prepareStatement(sql)) {
      for (Object[] row : rows) {
        for (int i = 0; i < row.length; i++) {
          bind(statement, i + 1, row[i]);
        }
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static void bind(PreparedStatement statement, int index, Object value)
      throws SQLException {
    switch (value) {
      case String text -> statement.setString(index, text);
      case Number number -> statement.setLong(index, number.longValue());
      case Boolean flag -> statement.setLong(index, flag ? 1 : 0);
      case Bytes bytes -> statement.setBytes(index, bytes.lent());
      case Optional<?> optional when optional.isPresent() -> bind(statement, index, optional.get());
      case Optional<?> _ -> statement.setObject(index, null);
      default -> throw new IllegalArgumentException("no SQL form for " + value.getClass());
    }
  }

  /// An enabled AES_256 key.
  public record Place(String project, String key) {}

  /// All enabled AES_256 keys, in no order that matters.
  public void eachUsable(Consumer<Place> visitor) {
    String last = "";
    List<Place> page;
    do {
      String after = last;
      page =
          database.query(session ->
              session.list(
                  row -> new Place(row.text(1), row.text(2)),
                  "SELECT project_id, id FROM cmk WHERE id > ? AND spec = 'AES_256' AND state = ?"
                      + " ORDER BY id LIMIT 10000",
                  after,
                  new KeyState.Enabled().wireNumber()));
      page.forEach(visitor);
      last = page.isEmpty() ? "" : page.getLast().key();
    } while (!page.isEmpty());
  }

  /// What a PostgreSQL does by itself within minutes: its statistics and the map of what all see.
  public void settle() {
    if (database.sharing().isEmpty()) {
      return;
    }
    database.query(session -> {
      try {
        session.command("SET statement_timeout = 0");
        for (String table : List.of("cmk", "cmk_material", "cmk_tag", "key_count", "kek")) {
          session.command("VACUUM ANALYZE " + table);
        }
        session.command("RESET statement_timeout");
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
      return true;
    });
  }
}
