package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsException;
import dev.keyhold.seal.KekRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of the store that are taken away while they are open: what would be acknowledged into them
/// would be gone with this process.
class SqliteDisplacedTest {
  @TempDir Path parent;
  private Path folder;
  private DataDirectory directory;
  private SqliteDatabase database;

  @BeforeEach
  void open() {
    folder = parent.resolve("data");
    reopen();
    insert("first");
  }

  private void reopen() {
    directory = DataDirectory.open(folder);
    database = SqliteDatabase.open(directory, SqliteDatabase.Settings.DEFAULT, _ -> {});
  }

  @AfterEach
  void close() {
    database.close();
    directory.close();
  }

  private void insert(String scope) {
    new SqlKekRepository(database)
        .insertIfAbsent(new KekRepository.StoredKek(scope, 1, Bytes.owning(new byte[] {1})));
  }

  private boolean has(String scope) {
    return new SqlKekRepository(database).find(scope, 1).isPresent();
  }

  private void refused() {
    assertThatThrownBy(() -> insert("lost")).isInstanceOf(KmsException.Unavailable.class);
    assertThat(database.isStuck()).isTrue();
  }

  private void awaitStuck(boolean stuck) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (database.isStuck() != stuck) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void noChangeIsAcknowledgedIntoAFolderThatWasMoved() throws IOException {
    Path elsewhere = parent.resolve("elsewhere");
    Files.move(folder, elsewhere);
    refused();
    assertThat(folder).doesNotExist(); // nor is another database made there

    Files.move(elsewhere, folder);
    awaitStuck(false);
    insert("second");
    assertThat(has("first")).isTrue();
    assertThat(has("second")).isTrue();
    assertThat(has("lost")).isFalse();
  }

  @Test
  void noChangeIsAcknowledgedIntoADatabaseThatWasReplaced() throws IOException {
    Path file = folder.resolve("keyhold.db");
    Path copy = Files.copy(file, parent.resolve("copy"));
    Files.move(file, parent.resolve("open"));
    Files.move(copy, file);
    byte[] before = Files.readAllBytes(file);
    refused();
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void itIsNoticedWhileNobodyWrites() throws IOException {
    Files.delete(folder.resolve("keyhold.db"));
    awaitStuck(true);
  }

  /// It goes into the database with the end of this process, which has it open still.
  @Test
  void noChangeIsAcknowledgedIntoALogThatWasRemoved() throws IOException {
    Files.delete(folder.resolve("keyhold.db-wal"));
    refused();
  }

  @Test
  void norIntoOneThatWasRemovedBeforeTheFirstChange() throws IOException {
    close();
    reopen();
    Files.delete(folder.resolve("keyhold.db-wal"));
    assertThat(has("first")).isTrue(); // a reader makes another
    refused();
  }

  @Test
  void norIntoOneThatWasRemovedBetweenTwoSessions() throws IOException {
    assertThat(has("first")).isTrue(); // a reader has it open
    assertThatThrownBy(() ->
            database.change(session -> {
              throw new IllegalStateException("a transaction that is lost");
            }))
        .isInstanceOf(RuntimeException.class);
    Files.delete(folder.resolve("keyhold.db-wal"));
    refused();
  }
}
