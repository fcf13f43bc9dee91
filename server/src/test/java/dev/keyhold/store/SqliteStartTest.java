package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.seal.SealException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStartTest {
  @TempDir Path parent;

  @Test
  void guardSeesAnExistingDatabaseAndNotANewOne() {
    var guarded = new AtomicInteger();
    open(folder(), _ -> guarded.incrementAndGet()).close();
    assertThat(guarded).hasValue(0);
    open(folder(), _ -> guarded.incrementAndGet()).close();
    assertThat(guarded).hasValue(1);
  }

  @Test
  void wrongRootKeyStopsTheStartAndLeavesTheDatabaseAsItIs() throws IOException {
    Path rightKey = parent.resolve("right.key");
    makeStore(FileSeal.create(rightKey));
    Map<String, byte[]> before = databaseFiles(folder());
    assertThat(before).containsOnlyKeys("keyhold.db");

    try (Seal wrong = FileSeal.create(parent.resolve("wrong.key"))) {
      assertThatThrownBy(() -> open(folder(), keks -> SealCheck.verify(wrong, keks)))
          .isInstanceOf(SealException.class)
          .hasMessageContaining("does not open with this root key");
    }

    assertSame(databaseFiles(folder()), before);
    try (Seal right = FileSeal.open(rightKey)) {
      open(folder(), keks -> SealCheck.verify(right, keks)).close();
    }
  }

  /// After a kill the newest of the database is in its log alone.
  @Test
  void wrongRootKeyLeavesTheDatabaseAsItIsAfterAKillToo() throws IOException {
    Path killed = parent.resolve("killed");
    Path rightKey = parent.resolve("right.key");
    try (Seal right = FileSeal.create(rightKey);
        var store = new SqliteStore(folder())) {
      SealCheck.establish(right, new SqlKekRepository(store.database()));
      copy(folder(), killed);
    }
    Map<String, byte[]> before = databaseFiles(killed);
    assertThat(before.get("keyhold.db-wal")).isNotEmpty();

    try (Seal wrong = FileSeal.create(parent.resolve("wrong.key"))) {
      assertThatThrownBy(() -> open(killed, keks -> SealCheck.verify(wrong, keks)))
          .isInstanceOf(SealException.class);
    }

    Map<String, byte[]> after = databaseFiles(killed);
    assertThat(after.get("keyhold.db")).isEqualTo(before.get("keyhold.db"));
    assertThat(after.get("keyhold.db-wal")).isEqualTo(before.get("keyhold.db-wal"));
    try (Seal right = FileSeal.open(rightKey)) {
      open(killed, keks -> SealCheck.verify(right, keks)).close();
    }
  }

  /// The log has the older versions of what an erasure before the kill has overwritten.
  @Test
  void logThatAReaderHoldsAtTheStartIsEmptiedWhenTheReaderIsGone() throws Exception {
    Path killed = parent.resolve("killed");
    try (var store = new SqliteStore(folder())) {
      new SqlKekRepository(store.database()).insertIfAbsent(KekRepositoryContract.kek("s", 1, 1));
      copy(folder(), killed);
    }
    Path log = killed.resolve("keyhold.db-wal");
    Opened opened;
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:" + killed.resolve("keyhold.db"));
        var statement = connection.createStatement()) {
      statement.execute("BEGIN");
      assertThat(statement.executeQuery("SELECT COUNT(*) FROM kek").next()).isTrue();
      opened = open(killed, _ -> {});
      assertThat(log).isNotEmptyFile();
    }
    try (opened) {
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (Files.size(log) > 0 && System.nanoTime() - deadline < 0) {
        Thread.sleep(50);
      }
      assertThat(log).isEmptyFile();
    }
  }

  @Test
  void rightRootKeyOpensWhatWasWrappedBefore() {
    Path key = parent.resolve("right.key");
    makeStore(FileSeal.create(key));
    try (Seal seal = FileSeal.open(key);
        var opened = open(folder(), keks -> SealCheck.verify(seal, keks));
        var keks = new Keks(seal, new SqlKekRepository(opened.database()))) {
      assertThat(keks.derive(new KekScope.Instance(), "any", 32).length()).isEqualTo(32);
    }
  }

  @Test
  void databaseOfANewerReleaseIsRefusedUntouched() throws Exception {
    new SqliteStore(folder()).close();
    sql(
        "INSERT INTO flyway_schema_history SELECT installed_rank + 1, '"
            + (Migrations.NEWEST + 1)
            + "', description, type, script, checksum, installed_by, installed_on,"
            + " execution_time, success FROM flyway_schema_history WHERE version = '"
            + Migrations.NEWEST
            + "'");
    Map<String, byte[]> before = databaseFiles(folder());

    assertThatThrownBy(() -> open(folder(), _ -> {}))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("newer Keyhold");

    assertSame(databaseFiles(folder()), before);
  }

  @Test
  void fileThatIsNoDatabaseIsRefusedUntouched() throws IOException {
    new SqliteStore(folder()).close();
    Path file = folder().resolve("keyhold.db");
    Files.writeString(file, "this is no database, whatever its name says. ".repeat(100));
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> open(folder(), _ -> {}))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("keyhold.db can't be opened");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void startCutShortBeforeTheFirstMigrationIsContinued() throws IOException {
    DataDirectory.open(folder()).close();
    Files.createFile(folder().resolve("keyhold.db"));
    Files.setPosixFilePermissions(
        folder().resolve("keyhold.db"),
        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    open(folder(), _ -> {}).close();
  }

  @Test
  void newestMigrationIsTheOneTheCodeKnows() throws Exception {
    Path migrations = Path.of(SqliteStartTest.class.getResource("/db/migration").toURI());
    try (Stream<Path> files = Files.list(migrations)) {
      assertThat(
              files.mapToInt(file ->
                  Integer.parseInt(
                      file.getFileName().toString().replaceAll("V(\\d+)__.*\\.sql", "$1"))))
          .doesNotHaveDuplicates()
          .allMatch(number -> number <= Migrations.NEWEST)
          .contains(Migrations.NEWEST);
    }
  }

  private Path folder() {
    return parent.resolve("data");
  }

  private void makeStore(Seal seal) {
    try (seal;
        var opened = open(folder(), _ -> {});
        var keks = new Keks(seal, new SqlKekRepository(opened.database()))) {
      SealCheck.establish(seal, new SqlKekRepository(opened.database()));
      keks.derive(new KekScope.Instance(), "any", 32).close();
    }
  }

  private record Opened(DataDirectory directory, SqliteDatabase database) implements AutoCloseable {
    @Override
    public void close() {
      database.close();
      directory.close();
    }
  }

  private static Opened open(Path folder, Consumer<KekRepository> guard) {
    DataDirectory directory = DataDirectory.open(folder);
    try {
      return new Opened(
          directory, SqliteDatabase.open(directory, SqliteDatabase.Settings.DEFAULT, guard));
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private void sql(String statement) throws Exception {
    try (var connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder().resolve("keyhold.db"));
        var prepared = connection.createStatement()) {
      prepared.execute(statement);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(
        to,
        java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
            java.nio.file.attribute.PosixFilePermissions.fromString("rwx------")));
    for (String name : new String[] {"keyhold.db", "keyhold.db-wal"}) {
      Files.copy(
          from.resolve(name), to.resolve(name), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  /// All but the lock, whose text is the process's.
  private static Map<String, byte[]> databaseFiles(Path folder) throws IOException {
    var contents = new HashMap<String, byte[]>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("keyhold.lock")) {
          contents.put(name, Files.readAllBytes(file));
        }
      }
    }
    return contents;
  }

  private static void assertSame(Map<String, byte[]> actual, Map<String, byte[]> expected) {
    assertThat(actual).containsOnlyKeys(expected.keySet().toArray(String[]::new));
    expected.forEach((name, content) -> assertThat(actual.get(name)).isEqualTo(content));
  }
}
