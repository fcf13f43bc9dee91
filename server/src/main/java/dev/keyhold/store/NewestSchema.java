package dev.keyhold.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/// The newest schema of an SQLite database in one script: all that the [Migrations] make of an
/// empty one, the note of each included, so that they go on from there. A new store is made by it
/// because Flyway takes a third of a first start to begin. A test holds it against the migrations.
final class NewestSchema {
  /// Next to the migrations' folder. Nobody writes it by hand: the test says where it put a new
  /// one.
  static final String SCRIPT = "/db/newest-sqlite.sql";

  private NewestSchema() {}

  /// Makes all of it or nothing.
  ///
  /// @param connection to an empty database; closed here
  static void make(Connection connection) throws SQLException, IOException {
    try (connection;
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("BEGIN IMMEDIATE"); // what fails is undone when the connection closes
      statement.executeUpdate(script()); // SQLite takes any number of statements at once
      statement.executeUpdate("COMMIT");
    }
  }

  static String script() throws IOException {
    try (InputStream in = NewestSchema.class.getResourceAsStream(SCRIPT)) {
      if (in == null) {
        throw new IOException(SCRIPT + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
