package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewestSchemaTest {
  @TempDir Path folder;

  @Test
  void isWhatTheMigrationsMake() throws Exception {
    String made = scriptOf(migrated("migrated.db"));
    if (!made.equals(NewestSchema.script())) {
      Path target = Files.createDirectories(Path.of("target")).resolve("newest-sqlite.sql");
      Files.writeString(target, made);
      assertThat(NewestSchema.script())
          .as("a migration was added: copy %s to src/main/resources%s", target, NewestSchema.SCRIPT)
          .isEqualTo(made);
    }
    SqliteConnections copy = made("made.db");
    assertThat(scriptOf(copy)).isEqualTo(made);
    assertThat(settings(copy)).isEqualTo(settings(migrated("again.db")));
  }

  @Test
  void migrationsGoOnFromThere() throws Exception {
    SqliteConnections made = made("made.db");
    String before = scriptOf(made);
    Migrations.run(made::writer, SqliteDialect.INSTANCE); // compares the notes with the files
    assertThat(scriptOf(made)).isEqualTo(before);
    try (var session = new Session(made.reader(), false, SqliteDialect.INSTANCE)) {
      assertThat(Migrations.schemaOf(session, SqliteDialect.INSTANCE).isNewest()).isTrue();
    }
  }

  @Test
  void nothingIsMadeOfADatabaseThatHasSomething() throws Exception {
    SqliteConnections other = connections("other.db");
    try (Connection connection = other.writer();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("CREATE TABLE store_identity (id TEXT)");
    }
    assertThatThrownBy(() -> NewestSchema.make(other.writer())).isInstanceOf(SQLException.class);
    assertThat(query(other, "SELECT name FROM sqlite_master")).containsExactly("store_identity");
  }

  private SqliteConnections migrated(String name) throws IOException {
    SqliteConnections connections = connections(name);
    Migrations.run(connections::writer, SqliteDialect.INSTANCE);
    return connections;
  }

  private SqliteConnections made(String name) throws Exception {
    SqliteConnections connections = connections(name);
    NewestSchema.make(connections.writer());
    return connections;
  }

  private SqliteConnections connections(String name) throws IOException {
    Path file = folder.resolve(name);
    PrivateFiles.create(file, new byte[0]);
    return new SqliteConnections(file);
  }

  private static List<String> settings(SqliteConnections connections) throws SQLException {
    var settings = new ArrayList<String>();
    for (String name : List.of("page_size", "encoding", "auto_vacuum", "user_version")) {
      settings.addAll(query(connections, "PRAGMA " + name));
    }
    return settings;
  }

  /// What makes the same tables with the same rows.
  private static String scriptOf(SqliteConnections connections) throws SQLException {
    var script = new StringBuilder("-- Made by NewestSchemaTest of the files in migration/.\n\n");
    query(connections, "SELECT sql || ';' FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        .forEach(line -> script.append(line).append('\n'));
    for (String table :
        query(connections, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")) {
      script.append(rows(connections, table));
    }
    return script.toString();
  }

  private static String rows(SqliteConnections connections, String table) throws SQLException {
    List<String> columns =
        query(connections, "SELECT name FROM pragma_table_info('" + table + "') ORDER BY cid");
    var values = new ArrayList<String>();
    for (String column : columns) {
      values.add(
          switch (column) {
            case "installed_on" -> "'strftime(''%Y-%m-%d %H:%M:%f'', ''now'')'";
            case "execution_time" -> "'0'";
            default -> "quote(\"" + column + "\")";
          });
    }
    String rows =
        "SELECT 'INSERT INTO %s VALUES (' || %s || ');' FROM \"%s\""
            .formatted(table, String.join(" || ', ' || ", values), table);
    var script = new StringBuilder();
    query(connections, rows).forEach(line -> script.append(line).append('\n'));
    return script.toString();
  }

  private static List<String> query(SqliteConnections connections, String sql) throws SQLException {
    try (Connection connection = connections.reader();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      var rows = new ArrayList<String>();
      while (result.next()) {
        rows.add(result.getString(1));
      }
      return rows;
    }
  }
}
