package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirectoryTest {
  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void name() {
    folder = parent.resolve("deep/data %3f?#é");
  }

  @Test
  void everythingMadeIsForItsOwnerAlone() throws IOException {
    try (var store = new SqliteStore(folder)) {
      assertThat(store.database().<Integer>change(_ -> 1)).isEqualTo(1);
      assertThat(mode(folder)).isEqualTo("rwx------");
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files)
            .hasSizeGreaterThanOrEqualTo(2)
            .allSatisfy(file -> assertThat(mode(file)).isEqualTo("rw-------"));
      }
    }
  }

  @Test
  void emptyFolderMadeByTheOperatorIsRestricted() throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    DataDirectory.open(folder).close();
    assertThat(mode(folder)).isEqualTo("rwx------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxr-x---", "rwx---r-x", "rwx-w----"})
  void folderThatOthersCanAccessIsRefused(String permissions) throws IOException {
    new SqliteStore(folder).close();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
    assertRefused("chmod 700");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----"})
  void databaseThatOthersCanAccessIsRefused(String permissions) throws IOException {
    new SqliteStore(folder).close();
    Files.setPosixFilePermissions(
        folder.resolve("keyhold.db"), PosixFilePermissions.fromString(permissions));
    assertRefused("chmod 600");
  }

  @Test
  void fileInPlaceOfTheFolderIsRefused() throws IOException {
    Files.createDirectories(folder.getParent());
    Files.createFile(folder);
    assertRefused("not a folder");
  }

  @Test
  void secondUserOfTheFolderIsRefusedAndTheFirstStays() throws Exception {
    try (var first = DataDirectory.open(folder)) {
      assertThat(first.hasDatabase()).isFalse();
      assertRefused("Another Keyhold (process " + ProcessHandle.current().pid() + ")");
      assertThat(otherProcess()).contains("Another Keyhold (process");
    }
    assertThat(otherProcess()).contains("opened");
    DataDirectory.open(folder).close();
  }

  /// What another process, and not only this one, is told.
  private String otherProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                OpensDataDirectory.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    try (var output = process.inputReader()) {
      return String.join("\n", output.lines().toList());
    } finally {
      process.waitFor();
    }
  }

  private void assertRefused(String saying) {
    assertThatThrownBy(() -> DataDirectory.open(folder))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(saying)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }

  private static String mode(Path path) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static final class OpensDataDirectory {
    private OpensDataDirectory() {}

    public static void main(String[] arguments) {
      try (var _ = DataDirectory.open(Path.of(arguments[0]))) {
        System.out.println("opened");
      } catch (StoreException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
