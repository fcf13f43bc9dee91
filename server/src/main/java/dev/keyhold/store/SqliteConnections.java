package dev.keyhold.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/// Opens connections to one database file, each with the settings our promises stand on, read back
/// after they are made: SQLite ignores a PRAGMA it does not know.
final class SqliteConnections {
  /// How long a connection waits for a lock of another. None of ours contend; a tool looking at the
  /// file might.
  static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);

  private record Setting(String pragma, String value, String readBack) {}

  private static final List<Setting> EVERY_CONNECTION =
      List.of(
          new Setting("busy_timeout", millis(BUSY_TIMEOUT), millis(BUSY_TIMEOUT)),
          new Setting("foreign_keys", "ON", "1"),
          // Views and triggers planted in the file may call nothing with side effects.
          new Setting("trusted_schema", "OFF", "0"),
          new Setting("cell_size_check", "ON", "1"));

  private static final List<Setting> WRITER =
      List.of(
          // Acknowledged is durable: the log is forced to the disk at every commit.
          new Setting("journal_mode", "WAL", "wal"),
          new Setting("synchronous", "FULL", "2"),
          // What is deleted is overwritten.
          new Setting("secure_delete", "ON", "1"),
          new Setting("cache_size", "-16384", "-16384"));

  private static final List<Setting> READER =
      List.of(new Setting("query_only", "ON", "1"), new Setting("cache_size", "-4096", "-4096"));

  private final Path file;

  SqliteConnections(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  /// What SQLite writes first.
  Path log() {
    return file.resolveSibling(file.getFileName() + "-wal");
  }

  /// The one connection that writes.
  Connection writer() throws SQLException {
    Connection connection = open("", new SQLiteConfig());
    try {
      set(connection, EVERY_CONNECTION);
      set(connection, WRITER);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /// A connection that only reads, beside an open writer.
  Connection reader() throws SQLException {
    return reading("");
  }

  /// A connection that only reads and leaves the database file and its log as they are, byte for
  /// byte. There must be no writer.
  Connection spectator() throws SQLException, IOException {
    boolean complete = !Files.exists(log()) || Files.size(log()) == 0;
    // Without a log to read, no locks and no files beside the database are needed; with one, a
    // connection that may not write can't fold it into the database either.
    return reading(complete ? "?immutable=1" : "");
  }

  /// A connection that only reads, whether or not a server has the database open.
  Connection onlooker() throws SQLException, IOException {
    // A server, and nobody else, leaves these two in place while it runs.
    boolean open = Files.exists(file.resolveSibling(file.getFileName() + "-shm"));
    return open ? reader() : spectator();
  }

  static void setBusyTimeout(Session session, Duration timeout) {
    session.first(row -> row.number(1), "PRAGMA busy_timeout=" + millis(timeout));
  }

  private static String millis(Duration duration) {
    return Long.toString(duration.toMillis());
  }

  /// A connection that does not change this database, and may copy it with `VACUUM INTO`. Other
  /// processes may write meanwhile.
  Connection copier() throws SQLException {
    return reading("", List.of());
  }

  private Connection reading(String parameters) throws SQLException {
    return reading(parameters, READER);
  }

  private Connection reading(String parameters, List<Setting> more) throws SQLException {
    var config = new SQLiteConfig();
    config.setReadOnly(true);
    Connection connection = open(parameters, config);
    try {
      set(connection, EVERY_CONNECTION);
      set(connection, more);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private Connection open(String parameters, SQLiteConfig config) throws SQLException {
    Properties properties = config.toProperties();
    // In the URI form a path's own '?', '#' and '%' are escaped, and so mean themselves.
    return JDBC.createConnection(
        JDBC.PREFIX + "file:" + file.toUri().getRawPath() + parameters, properties);
  }

  private static void set(Connection connection, List<Setting> settings) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (Setting setting : settings) {
        statement.execute("PRAGMA " + setting.pragma() + "=" + setting.value());
        try (ResultSet result = statement.executeQuery("PRAGMA " + setting.pragma())) {
          String actual = result.next() ? result.getString(1) : "nothing";
          if (!setting.readBack().equals(actual)) {
            throw new StoreException(
                "SQLite refuses a setting that Keyhold relies on: "
                    + setting.pragma()
                    + " is "
                    + actual
                    + " instead of "
                    + setting.readBack()
                    + ".");
          }
        }
      }
    }
  }
}
