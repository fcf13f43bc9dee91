package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database that wants TLS and a password.
class PostgresAccessTest {
  private static final String USER = "guarded";
  private static final String PASSWORD = "hush-%x-hush";

  @TempDir private Path folder;

  private PostgresSettings settings(String url, String password) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), password + "\nnot this\n");
    return new PostgresSettings(
        url, Optional.of(USER), Optional.of(file), 2, Duration.ofSeconds(30), true);
  }

  @Test
  void databaseIsReachedByTlsAndPasswordAndNotWithout() throws IOException {
    try (var postgres = TestPostgres.start(false)) {
      Path certificate = postgres.demandTlsAndPassword(USER, PASSWORD);
      String plain = postgres.newDatabase();
      String verified = plain + "?sslmode=verify-full&sslrootcert=" + certificate;

      try (var database = PostgresDatabase.open(settings(verified, PASSWORD), _ -> {})) {
        String way = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        assertThat(database.query(session -> session.first(row -> row.text(1), way)).orElseThrow())
            .startsWith("TLSv1.");
        assertThat(settings(verified, PASSWORD).toString()).doesNotContain(PASSWORD);
      }
      assertThatThrownBy(() -> PostgresDatabase.open(settings(verified, "wrong-hush"), _ -> {}))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("password authentication failed")
          .hasMessageNotContaining("wrong-hush");
      assertThatThrownBy(
              () -> PostgresDatabase.open(settings(plain + "?sslmode=disable", PASSWORD), _ -> {}))
          .isInstanceOf(StoreException.class);
      // The certificate is not signed by an authority that the system knows.
      assertThatThrownBy(() ->
              PostgresDatabase.open(settings(plain + "?sslmode=verify-full", PASSWORD), _ -> {}))
          .isInstanceOf(StoreException.class);
    }
  }
}
