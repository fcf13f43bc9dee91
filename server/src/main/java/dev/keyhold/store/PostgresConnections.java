package dev.keyhold.store;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.Driver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens connections to a PostgreSQL, each with the settings our promises stand on. What the URL
/// says beyond these, TLS above all, is the driver's.
final class PostgresConnections {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresConnections.class);

  /// What the database calls our connections.
  static final String NAME = "keyhold";

  private static final Duration CONNECT = Duration.ofSeconds(2);

  /// In all, over all hosts, while a call waits.
  private static final Duration LOGIN = CONNECT.multipliedBy(2);

  /// What has no caller yet, or one who waits for minutes, leaves a busy machine its time.
  static final Duration PATIENT = Duration.ofSeconds(15);

  /// Long enough to pass over two hosts that are away: each costs [#CONNECT] once.
  private static final Duration HOSTS_REMEMBERED = Duration.ofSeconds(3);

  /// Beyond the server's own limit, for a server that has stopped answering.
  private static final Duration GRACE = Duration.ofSeconds(1);

  /// Migrations wait for those of another node, and may take long.
  private static final Duration MIGRATION = Duration.ofMinutes(10);

  /// Acknowledged is durable. "local" would not wait for a synchronous standby.
  private static final String DURABLE_COMMITS =
      "SELECT set_config('synchronous_commit', 'on', false)"
          + " WHERE current_setting('synchronous_commit') IN ('off', 'local')";

  private static final int OLDEST_TRIED = 150_000;

  private final PostgresSettings settings;
  private final ServerRuns runs = new ServerRuns(System::nanoTime);

  PostgresConnections(PostgresSettings settings) {
    this.settings = settings;
  }

  /// What those for calls lead to, and where the change feed is read.
  ServerRuns runs() {
    return runs;
  }

  /// A connection in auto-commit, for calls that have a time to keep.
  Connection open() throws SQLException {
    Connection connection = open(settings.patience());
    try {
      ServerRun.of(connection).ifPresent(runs::met);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /// A connection in auto-commit whose answers have to come within `time`.
  Connection open(Duration time) throws SQLException {
    return open(time, LOGIN);
  }

  /// A connection in auto-commit for what a start does before it has callers.
  Connection openForStart() throws SQLException {
    return open(PATIENT, PATIENT);
  }

  private Connection open(Duration time, Duration login) throws SQLException {
    Connection connection = connect(time.plus(GRACE), login);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET statement_timeout = "
              + time.toMillis()
              + "; SET lock_timeout = "
              + time.toMillis()
              // A node that is frozen inside a transaction must not hold up the others for ever.
              + "; SET idle_in_transaction_session_timeout = "
              + 2 * time.toMillis()
              + "; "
              + DURABLE_COMMITS);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /// A connection for [Migrations].
  Connection openForMigration() throws SQLException {
    return connect(MIGRATION, PATIENT);
  }

  /// A connection in auto-commit for reading or writing all there is, however long it takes.
  Connection openForCopy() throws SQLException {
    Connection connection = connect(MIGRATION, PATIENT);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
              + DURABLE_COMMITS);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /// Looks whether the database is one that can keep what we store.
  ///
  /// @throws StoreException when it can't
  void requireUsable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT current_setting('server_encoding'),"
                    + " current_setting('server_version_num'), current_setting('fsync')")) {
      result.next();
      if (!"UTF8".equals(result.getString(1))) {
        throw new StoreException(
            "The database's encoding is "
                + result.getString(1)
                + ": create it with ENCODING 'UTF8'.");
      }
      if (result.getInt(2) < OLDEST_TRIED) {
        LOG.warn("the database is older than PostgreSQL 15: Keyhold was not tried with it");
      }
      if (!"on".equals(result.getString(3))) {
        LOG.warn("the database has fsync off: a crash of its machine loses keys");
      }
    }
  }

  private Connection connect(Duration socketTimeout, Duration login) throws SQLException {
    var properties = new Properties();
    properties.setProperty("ApplicationName", NAME);
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("connectTimeout", seconds(CONNECT));
    properties.setProperty("loginTimeout", seconds(login));
    properties.setProperty("socketTimeout", seconds(socketTimeout));
    properties.setProperty("reWriteBatchedInserts", "true"); // for a restore
    // Of several hosts the one that takes changes; and never a standby.
    properties.setProperty("targetServerType", "primary");
    // The driver remembers which host was what. By its default, 10 s, a standby that has become the
    // primary would be left alone for that long.
    properties.setProperty("hostRecheckSeconds", seconds(HOSTS_REMEMBERED));
    settings.user().ifPresent(user -> properties.setProperty("user", user));
    if (settings.passwordFile().isPresent()) {
      properties.setProperty("password", password());
    }
    Connection connection = new Driver().connect(settings.url(), properties);
    if (connection == null) {
      throw new StoreException("The store's URL is not of the form " + PostgresSettings.PREFIX);
    }
    return connection;
  }

  private String password() throws SQLException {
    try (var lines = Files.lines(settings.passwordFile().orElseThrow())) {
      return lines.findFirst().orElse("");
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new SQLException("the password file can't be read", "08001", e);
    }
  }

  private static String seconds(Duration duration) {
    return Long.toString(Math.max(1, duration.toSeconds()));
  }
}
