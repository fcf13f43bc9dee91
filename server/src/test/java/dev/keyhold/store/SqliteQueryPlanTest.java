package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With a million keys a statement that looks at all of them takes seconds. SQLite tells of each
/// how it would be run; it decides so by the schema alone, as long as nobody runs ANALYZE.
class SqliteQueryPlanTest {
  private static final Pattern PLANNED = Pattern.compile("(SELECT|INSERT|UPDATE|DELETE) .*");

  /// What looks at every row, and why it may.
  private static final List<Pattern> SCANS =
      List.of(
          // One row.
          Pattern.compile("SCAN change_position"),
          // Stops at the first rows.
          Pattern.compile("SCAN (kek|change_feed) USING (COVERING )?INDEX .*"),
          Pattern.compile("SCAN change_feed"),
          // The page that a listing has found.
          Pattern.compile("SCAN (p|g|\\(subquery-\\d+\\)|CONSTANT ROW|\\d+ CONSTANT ROWS?)"));

  /// What sorts, and why it may. All but these come out of an index in their order.
  private static final List<String> SORTS =
      List.of(
          "FROM cmk_tag t CROSS JOIN", // the keys that have a tag
          "OR retiring IN", // the grants of one user
          "p JOIN cmk c ON"); // one page

  @TempDir Path folder;

  @Test
  void everyStatementFindsItsRowsInAnIndex() throws Exception {
    var statements = new LinkedHashSet<String>();
    try (var store = new SqliteStore(folder);
        Connection connection =
            new SqliteConnections(DataDirectory.databaseFile(folder)).writer()) {
      assertThat(store.database().waitingWrites()).isZero();
      EveryQuery.of(
          new Watched(new Session(noting(connection, statements), true, SqliteDialect.INSTANCE)));
      assertThat(statements).hasSizeGreaterThan(80);
      List<String> faults = new ArrayList<>();
      for (String sql : statements) {
        if (PLANNED.matcher(sql).matches()) {
          faults.addAll(faults(connection, sql));
        }
      }
      assertThat(faults).isEmpty();
    }
  }

  private static List<String> faults(Connection connection, String sql) throws SQLException {
    List<String> faults = new ArrayList<>();
    try (var statement = connection.createStatement();
        var plan = statement.executeQuery("EXPLAIN QUERY PLAN " + sql)) {
      while (plan.next()) {
        String step = plan.getString("detail");
        boolean scans =
            step.startsWith("SCAN ")
                && SCANS.stream().noneMatch(allowed -> allowed.matcher(step).matches());
        boolean sorts =
            step.startsWith("USE TEMP B-TREE") && SORTS.stream().noneMatch(sql::contains);
        if (scans || sorts) {
          faults.add(step + ": " + sql);
        }
      }
    }
    return faults;
  }

  private static Connection noting(Connection connection, Set<String> statements) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (_, method, arguments) -> {
              if (method.getName().equals("prepareStatement")) {
                statements.add((String) arguments[0]);
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /// Everything on one session, each statement by itself.
  private record Watched(Session session) implements Database {
    @Override
    public <T> T change(Function<Session, T> work) {
      return work.apply(session);
    }

    @Override
    public <T> T query(Function<Session, T> work) {
      return work.apply(session);
    }

    @Override
    public <T> T queryCommitted(Function<Session, T> work) {
      return work.apply(session);
    }

    @Override
    public <T> T write(Supplier<T> work) {
      return work.get();
    }

    @Override
    public <T> T read(Supplier<T> work) {
      return work.get();
    }

    @Override
    public boolean inTransaction() {
      return false;
    }

    @Override
    public Optional<Sharing> sharing() {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }
}
