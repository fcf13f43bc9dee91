package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.seal.SealException;
import dev.keyhold.store.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SqliteRootKeyTest extends RootKeyContract {
  @Override
  Map<String, String> store(Path data) {
    return Map.of();
  }

  @Override
  Map<String, String> emptyStore(Path data) {
    return Map.of();
  }

  private Path database() {
    return DataDirectory.databaseFile(node("a").resolve("data"));
  }

  @Override
  void damageKek(String scope) throws Exception {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        var statement =
            connection.prepareStatement(
                "UPDATE kek SET wrapped = CAST(substr(wrapped, 1, 40) || x'00' || substr(wrapped,"
                    + " 42) AS BLOB) WHERE scope = ?")) {
      statement.setString(1, scope);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  /// Whoever gets hold of the disk later has no use for the old root key.
  @Test
  void nothingThatTheOldRootKeyOpensIsLeftInTheFiles() throws Exception {
    String old = id(rootKey("a"));
    assertThat(hex(database())).contains(old);
    replace("a");
    assertThat(hex(database())).doesNotContain(old);
    assertThat(Path.of(database() + "-wal")).doesNotExist();
  }

  private static String hex(Path file) throws Exception {
    return HexFormat.of().formatHex(Files.readAllBytes(file));
  }

  @Test
  void oldCopyOfTheStoreIsRefused() throws Exception {
    Path copy = Files.copy(database(), folder.resolve("copy.db"));
    Path root = Files.copy(rootKey("a"), folder.resolve("copy.key"));
    replace("a");
    Files.delete(database());
    copyTo(copy, database());
    assertThatThrownBy(() -> replace("a")).hasMessageContaining("another root key");
    copyTo(root, rootKey("a"));
    assertThatThrownBy(() -> keks(config("a"))).isInstanceOf(StartRefused.class);
  }

  @Test
  void backupThatWasBrokenOffDoesNotGoOn() throws Exception {
    Path data = node("a").resolve("data");
    Path broken = folder.resolve("broken"); // which nothing but writing to it tells
    Files.createSymbolicLink(broken, folder.resolve("no/such/file"));
    assertThatThrownBy(() -> run(new BackupCommand(), flags("a"), "--output", broken.toString()))
        .isInstanceOf(RuntimeException.class);
    assertThat(data.resolve("backup")).exists();
    replace("a");
    assertThatThrownBy(() ->
            run(
                new BackupCommand(),
                flags("a"),
                "--resume",
                "--output",
                folder.resolve("out").toString()))
        .hasMessageContaining("another root key");
    run(new BackupCommand(), flags("a"), "--output", folder.resolve("anew").toString());
  }

  /// As with a full disk, or a file system that only reads.
  @Test
  void anchorThatCanNotBeSealedAnewYetStopsNoStart() throws Exception {
    killed(RootKeyReplacement.Step.COMMITTED, "a");
    Path lock = node("a").resolve(".root.key.anchor.lock");
    Files.delete(lock);
    Files.createDirectory(lock);
    assertOpens(config("a"));
    assertThat(next("a")).exists();
    Files.delete(lock);
    assertReplaced("a");
  }

  @Test
  void lockThatCanNotBeHadStopsAReplacementAndNoStart() throws Exception {
    killed(RootKeyReplacement.Step.COMMITTED, "a");
    Path lock = node("a").resolve(".root.key.lock");
    Files.deleteIfExists(lock);
    Files.createDirectory(lock);
    assertOpens(config("a"));
    assertThatThrownBy(() -> replace("a")).isInstanceOf(StartRefused.class);
    assertThat(next("a")).exists();
    Files.delete(lock);
    assertReplaced("a");
  }

  /// The second would put its own root key in the place of the first one's.
  @Test
  void twoStoresWithOneFileDoNotReplaceItAtOnce() throws Exception {
    Path other = folder.resolve("other");
    copyTree(node("a").resolve("data"), other);
    Map<String, String> flags = flags("a");
    flags.put("data", other.toString());
    flags.put("anchor.file", folder.resolve("other.anchor").toString());
    var second =
        new FutureTask<>(() -> {
          run(new RootKeyCommand(NOBODY), flags, "replace");
          return true;
        });
    Thread thread = new Thread(second);
    run(
        new RootKeyCommand(
            NOBODY,
            step -> {
              if (step == RootKeyReplacement.Step.CHECKED) {
                thread.start();
                join(thread);
              }
            }),
        flags("a"),
        "replace");
    assertThatThrownBy(second::get).hasCauseInstanceOf(SealException.class);
    assertReplaced("a");
    flags.put("seal.file", kept("a").toString());
    assertOpens(config(flags));
  }

  private static void join(Thread thread) {
    try {
      thread.join(Duration.ofSeconds(3));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void copyTree(Path from, Path to) throws Exception {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(
            file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
