package dev.keyhold.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.PostgresDatabase;
import dev.keyhold.store.PostgresRestore;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.RestoreTarget;
import dev.keyhold.store.RowSink;
import dev.keyhold.store.SnapshotFile;
import dev.keyhold.store.SqliteRestore;
import dev.keyhold.store.StoreException;
import dev.keyhold.store.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows go from each kind of store to each other kind, and are the same.
class BackupAcrossStoresTest {
  @TempDir private Path folder;
  private final AtomicInteger names = new AtomicInteger();

  /// A store by name: where it is, and how it is copied.
  private interface Store {
    RestoreTarget into(int schema);

    SnapshotFile snapshot();
  }

  private Path fresh(String name) {
    return folder.resolve(name + names.incrementAndGet());
  }

  private Store sqlite() {
    Path data = fresh("data");
    return new Store() {
      @Override
      public RestoreTarget into(int schema) {
        DataDirectory directory = DataDirectory.open(data);
        try {
          return SqliteRestore.into(directory, schema);
        } finally {
          directory.close();
        }
      }

      @Override
      public SnapshotFile snapshot() {
        return SnapshotFile.ofSqlite(
            DataDirectory.databaseFile(data), fresh("snapshot"), _ -> _ -> {});
      }
    };
  }

  private static PostgresSettings settings(String url) {
    return new PostgresSettings(
        url, Optional.of(TestPostgres.USER), Optional.empty(), 2, Duration.ofMinutes(1), true);
  }

  private Store postgres() {
    PostgresSettings settings = settings(TestPostgres.shared().newDatabase());
    return new Store() {
      @Override
      public RestoreTarget into(int schema) {
        return PostgresRestore.into(settings, schema);
      }

      @Override
      public SnapshotFile snapshot() {
        return SnapshotFile.ofPostgres(settings, fresh("snapshot"), _ -> _ -> {});
      }
    };
  }

  /// The rows of a snapshot by table, without their order.
  private static Map<String, Set<Object>> rows(SnapshotFile snapshot) {
    Map<String, Set<Object>> rows = new LinkedHashMap<>();
    snapshot.read(
        new RowSink() {
          private Set<Object> table = new HashSet<>();

          @Override
          public void table(String name, List<String> columns) {
            table = new HashSet<>();
            rows.put(name + columns, table);
          }

          @Override
          public void row(List<Optional<Object>> values) {
            table.add(values);
          }
        });
    return rows;
  }

  /// Rows of every kind of value in tables that refer to each other.
  private static void fill(RestoreTarget target, int count) {
    target.table("kek", List.of("scope", "version", "wrapped"));
    target.row(row("seal-check", 1L, bytes(0)));
    target.table("iam_domain", List.of("id", "name", "mac"));
    target.row(row("d", "grün 🔑 'quoted' \"twice\" \\", bytes(1)));
    target.table("iam_project", List.of("id", "domain_id", "name", "mac"));
    target.row(row("p", "d", "", bytes(2)));
    target.table(
        "iam_access_key",
        List.of("id", "user_id", "wrapped_secret", "enabled", "created_at", "description", "mac"));
    target.table("cmk_material", List.of("key_id", "version", "wrapped", "created_at"));
    for (long i = 0; i < count; i++) {
      target.row(row("k" + i % 100, i, bytes((int) i), Long.MAX_VALUE - i));
    }
    target.table("cmk", CMK);
    target.row(cmk("a", Optional.empty()));
    target.row(cmk("b", Optional.of(-5L)));
    target.finish(_ -> {});
  }

  private static final List<String> CMK =
      List.of(
          "id",
          "project_id",
          "domain_id",
          "name",
          "spec",
          "key_usage",
          "origin",
          "state",
          "delete_at",
          "description",
          "created_at",
          "enterprise_project",
          "keystore",
          "default_key",
          "current_version",
          "import_versions",
          "region_work",
          "revision",
          "mac");

  private static List<Optional<Object>> cmk(String id, Optional<Object> deleteAt) {
    var values = new ArrayList<>(row(id, "p", "d", id, "AES_256", "E", "kms", "2"));
    values.add(deleteAt);
    values.addAll(row("", 1L, "0", "0", 0L, 1L));
    values.add(Optional.of(Bytes.owning(new byte[0])));
    values.addAll(row(0L, 1L, bytes(3)));
    return values;
  }

  private static Bytes bytes(int first) {
    return Bytes.owning(new byte[] {(byte) first, 0, -1, '\'', '\\'});
  }

  private static List<Optional<Object>> row(Object... values) {
    var row = new ArrayList<Optional<Object>>();
    for (Object value : values) {
      row.add(Optional.of(value));
    }
    return row;
  }

  private static void copy(SnapshotFile from, Store to) {
    try (RestoreTarget target = to.into(from.schema())) {
      from.read(target);
      target.finish(_ -> {});
    }
  }

  @Test
  void rowsAreTheSameWhicheverWayTheyGo() {
    for (Store first : List.of(sqlite(), postgres())) {
      try (RestoreTarget target = first.into(6)) {
        fill(target, 1234);
      }
      Map<String, Set<Object>> rows = rows(first.snapshot());
      assertThat(first.snapshot().rows()).isEqualTo(1 + 1 + 1 + 1234 + 2);
      for (Store second : List.of(sqlite(), postgres())) {
        copy(first.snapshot(), second);
        assertThat(rows(second.snapshot())).isEqualTo(rows);
        assertThat(second.snapshot().schema()).isEqualTo(6);
      }
    }
  }

  @Test
  void storeThatIsInUseIsKept() {
    for (Store used : List.of(sqlite(), postgres())) {
      try (RestoreTarget target = used.into(6)) {
        fill(target, 1);
      }
      assertThatThrownBy(() -> used.into(6))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("it is kept");
      assertThat(used.snapshot().rows()).isEqualTo(6);
    }
  }

  @Test
  void restoreThatIsGivenUpLeavesNothing() {
    for (Store store : List.of(sqlite(), postgres())) {
      try (RestoreTarget target = store.into(6)) {
        target.table("kek", List.of("scope", "version", "wrapped"));
        target.row(row("seal-check", 1L, bytes(0)));
      }
      try (RestoreTarget target = store.into(6)) {
        fill(target, 1);
      }
      assertThat(store.snapshot().rows()).isEqualTo(6);
    }
  }

  @Test
  void guardThatRefusesPreventsTheRestore() {
    for (Store store : List.of(sqlite(), postgres())) {
      try (RestoreTarget target = store.into(6)) {
        target.table("kek", List.of("scope", "version", "wrapped"));
        assertThatThrownBy(() ->
                target.finish(_ -> {
                  throw new IllegalStateException("no");
                }))
            .hasMessage("no");
      }
      try (RestoreTarget target = store.into(6)) {
        fill(target, 1);
      }
    }
  }

  @Test
  void serverThatSettlesMeanwhileIsNotOverwritten() {
    String url = TestPostgres.shared().newDatabase();
    try (RestoreTarget target = PostgresRestore.into(settings(url), 6)) {
      TestPostgres.shared()
          .sql(url, "INSERT INTO kek VALUES ('seal-check', 1, '\\x07'), ('instance', 1, '\\x07')");
      assertThatThrownBy(() -> fill(target, 1))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("already");
    }
    assertThat(TestPostgres.shared().value(url, "SELECT COUNT(*) FROM kek")).isEqualTo("2");
  }

  @Test
  void backupOfANewerKeyholdIsRefused() {
    for (Store store : List.of(sqlite(), postgres())) {
      assertThatThrownBy(() -> store.into(99_999))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("newer Keyhold");
    }
  }

  @Test
  void restoredOlderSchemaIsMigratedByTheStart() {
    String url = TestPostgres.shared().newDatabase();
    try (RestoreTarget target = PostgresRestore.into(settings(url), 5)) {
      fill(target, 3);
    }
    PostgresDatabase.open(settings(url), _ -> {}).close();
    assertThat(TestPostgres.shared().value(url, "SELECT COUNT(*) FROM audit_event")).isEqualTo("0");
  }
}
