package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.seal.KekRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is erased leaves the log too, as soon as no reader of before stands in the way.
class SqliteErasureTest {
  private static final String SECRET = "a secret to be erased, of which no copy may be left";

  @TempDir Path parent;
  private Path file;
  private SqliteDatabase database;

  @BeforeEach
  void open() {
    Path folder = parent.resolve("data");
    file = folder.resolve("keyhold.db");
    database =
        SqliteDatabase.open(DataDirectory.open(folder), SqliteDatabase.Settings.DEFAULT, _ -> {});
  }

  @AfterEach
  void close() {
    database.close();
  }

  /// As a backup does that takes its time.
  private Connection reader() throws SQLException {
    Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file);
    reader.setAutoCommit(false);
    try (var statement = reader.createStatement();
        var rows = statement.executeQuery("SELECT COUNT(*) FROM kek")) {
      assertThat(rows.next()).isTrue();
    }
    return reader;
  }

  private void insert(String scope, String text) {
    new SqlKekRepository(database)
        .insertIfAbsent(
            new KekRepository.StoredKek(
                scope, 1, Bytes.owning(text.getBytes(StandardCharsets.US_ASCII))));
  }

  private boolean erase(String scope) {
    return database.change(session -> {
      session.eraseAfterCommit();
      return session.update("UPDATE kek SET wrapped = x'00' WHERE scope = ?", scope) == 1;
    });
  }

  private boolean logHasTheSecret() throws IOException {
    Path log = file.resolveSibling("keyhold.db-wal");
    return Files.exists(log)
        && new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1).contains(SECRET);
  }

  @Test
  void whatAReaderStoodInTheWayOfIsErasedUnderWritesWithoutAPause() throws Exception {
    insert("secret", SECRET);
    try (Connection reader = reader()) {
      assertThat(erase("secret")).isTrue();
      assertThat(logHasTheSecret()).isTrue();
      reader.rollback();
    }
    for (int i = 0; logHasTheSecret(); i++) {
      // Long before SQLite begins its log anew by itself, after 1000 pages.
      assertThat(i).isLessThan(150);
      insert("s" + i, "text");
      Thread.sleep(50);
    }
  }

  /// What was committed with it can be seen by others already.
  @Test
  void whoErasesNothingDoesNotWaitForAReader() throws Exception {
    int soon = 0;
    for (int i = 0; soon == 0 && i < 20; i++) {
      String scope = "s" + i;
      insert(scope, SECRET);
      try (Connection reader = reader()) {
        assertThat(reader.isClosed()).isFalse();
        var holding = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var first =
            CompletableFuture.runAsync(() ->
                database.change(session -> {
                  holding.countDown();
                  return await(go);
                }));
        assertThat(await(holding)).isTrue();
        var erasing = CompletableFuture.supplyAsync(() -> erase(scope));
        var other = CompletableFuture.runAsync(() -> insert("other " + scope, "text"));
        while (database.waitingWrites() < 2) {
          Thread.onSpinWait();
        }
        go.countDown();
        first.get();
        other.get();
        soon += isStillUnderWay(erasing) ? 1 : 0;
        assertThat(erasing.get()).isTrue();
      }
    }
    assertThat(soon).isPositive();
  }

  private static boolean isStillUnderWay(CompletableFuture<?> future) throws Exception {
    try {
      future.get(50, TimeUnit.MILLISECONDS);
      return false;
    } catch (TimeoutException _) {
      return true;
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
