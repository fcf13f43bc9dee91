package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.client.CrashLedger.Datakey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// `keyhold backup`, `restore` and `store verify`, as an operator runs them.
@Tag(Chaos.TAG)
class BackupTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F15 backup",
          "a backup under load restored elsewhere; one that is cut, altered or of other keys");

  private static final int WRITERS = 4;
  private static final int BEFORE = 200 * Chaos.rounds(1);
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rwx------");

  /// Of each algorithm, and of each version of a key that has several.
  private static final int SAMPLES = Chaos.measures() ? 1000 : 4;

  @TempDir private Path folder;

  /// How a command ended.
  record Ended(int exitCode, String output) {
    Ended ok() {
      assertThat(exitCode).describedAs(output).isZero();
      return this;
    }

    Ended refused(String why) {
      assertThat(exitCode).describedAs(output).isNotZero();
      assertThat(output).contains(why).doesNotContain("\tat ");
      return this;
    }
  }

  static Ended keyhold(String... arguments) throws IOException {
    Path output = KeyholdProcess.newOutput("backup");
    Process process = KeyholdProcess.spawn(output, Map.of(), List.of(arguments));
    int exitCode = KeyholdProcess.exitCode(process, output);
    return new Ended(exitCode, Files.readString(output));
  }

  private static Ended verify(Path data) throws IOException {
    return keyhold("store", "verify", "--data", data.toString());
  }

  /// A data folder with nothing but what an operator keeps apart from the backups.
  static Path targetOf(Path data, Path target, String... files) throws IOException {
    Files.createDirectory(target);
    Files.setPosixFilePermissions(target, OWNER);
    for (String file : files) {
      Files.copy(data.resolve(file), target.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
    }
    return target;
  }

  @Test
  void whatWasAcknowledgedBeforeTheBackupOpensAfterTheRestore() throws Exception {
    Path data = folder.resolve("data");
    Path backup = folder.resolve("store.backup");
    Path later = folder.resolve("later.backup");
    var acknowledged = new ConcurrentLinkedQueue<Datakey>();
    List<Datakey> before;
    JsonNode samples;
    try (var server = ServerProcess.on(data)) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      samples = Samples.make(server, SAMPLES);
      before =
          backUpUnderLoad(
              http, acknowledged, "--data", data.toString(), "--output", backup.toString());
      verify(data).ok();
      assertThat(data.resolve("backup")).isDirectoryNotContaining("glob:**snapshot*");
      keyhold("backup", "--data", data.toString(), "--output", backup.toString())
          .refused("already");
      resumes(data, later);
      killedBackupGoesOn(folder, "--data", data.toString());
    }
    isSealed(backup);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
        .isEqualTo("rw-------");

    Path noKey = targetOf(data, folder.resolve("no-key"));
    keyhold("restore", "--data", noKey.toString(), "--input", backup.toString())
        .refused("root key");
    Path target = targetOf(data, folder.resolve("restored"), "root.key", "dev-credentials.json");
    keyhold("restore", "--data", target.toString(), "--input", backup.toString(), "--dry-run").ok();
    assertThat(target.resolve("keyhold.db")).doesNotExist();
    keyhold("restore", "--data", target.toString(), "--input", backup.toString()).ok();
    keyhold("restore", "--data", target.toString(), "--input", backup.toString())
        .refused("already");
    verify(target).ok();
    try (var restored = ServerProcess.on(target)) {
      restored.start();
      Http http = Http.loggedIn(restored.tenant());
      before.forEach(datakey -> CrashTest.opensPatiently(http, datakey));
      Samples.answerAsBefore(samples, restored);
      assertThat(create(http, "AES_256")).isNotEmpty();
      assertThat(restored.stop()).isZero();
    }
    ROW.figure(
        "backup of %d data keys and %d samples acknowledged before it, %d data keys by its end: all"
                .formatted(before.size(), samples.size(), acknowledged.size())
            + " of the former open");
  }

  /// A backup that can't be written keeps its snapshot, and goes on from it.
  private static void resumes(Path data, Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.createDirectory(part);
    keyhold("backup", "--data", data.toString(), "--output", file.toString()).refused("--resume");
    Files.delete(part);
    Files.write(part, new byte[10]);
    keyhold("backup", "--data", data.toString(), "--output", file.toString(), "--resume").ok();
    keyhold("restore", "--data", data.toString(), "--input", file.toString(), "--dry-run").ok();
    keyhold("backup", "--data", data.toString(), "--output", file + "2", "--resume")
        .refused("no unfinished");
  }

  /// SIGKILL in mid-write: what is there of the file is gone on with, and a stream too.
  ///
  /// @param folder for files
  /// @param store says which
  static void killedBackupGoesOn(Path folder, String... store) throws Exception {
    Path data = Path.of(store[List.of(store).indexOf("--data") + 1]);
    Path target = Files.createDirectory(folder.resolve("killed"));
    Path file = target.resolve("store.backup");
    Path part = target.resolve("store.backup.part");
    var environment = new HashMap<String, String>();
    Faults faults = Faults.in(environment, target, folder);
    faults.disk(Faults.Disk.HANGS_LATER);
    Path output = KeyholdProcess.newOutput("backup");
    Process writing =
        KeyholdProcess.spawn(output, environment, with(store, "--output", file.toString()));
    while (!Files.exists(part) || Files.size(part) < 64 * 1024) {
      assertThat(writing.isAlive()).describedAs(Files.readString(output)).isTrue();
      ServerProcess.pause(Duration.ofMillis(5));
    }
    writing.destroyForcibly();
    KeyholdProcess.exitCode(writing, output);
    assertThat(file).doesNotExist();
    long written = Files.size(part);

    // The same snapshot three times over: a backup that is complete removes it.
    Path kept = folder.resolve("snapshot-kept");
    copy(data.resolve("backup"), kept);
    keyhold(with(store, "--output", file.toString(), "--resume").toArray(String[]::new)).ok();
    assertThat(part).doesNotExist();
    assertThat(Files.size(file)).isGreaterThan(written);
    keyhold(dryRun(data, file)).ok();

    copy(kept, data.resolve("backup"));
    byte[] whole = streamed(target.resolve("whole"), with(store, "--output", "-", "--resume"));
    assertThat(file).hasBinaryContent(whole);

    copy(kept, data.resolve("backup"));
    byte[] rest =
        streamed(
            target.resolve("rest"),
            with(store, "--output", "-", "--resume", "--from-byte", Long.toString(written)));
    assertThat(rest).isEqualTo(Arrays.copyOfRange(whole, Math.toIntExact(written), whole.length));
  }

  private static List<String> with(String[] store, String... more) {
    return Stream.of(List.of("backup"), List.of(store), List.of(more))
        .flatMap(List::stream)
        .toList();
  }

  private static String[] dryRun(Path data, Path file) {
    return new String[] {
      "restore", "--data", data.toString(), "--input", file.toString(), "--dry-run"
    };
  }

  /// What a backup gives on standard output, which has nothing else.
  private static byte[] streamed(Path product, List<String> command) throws IOException {
    Path output = KeyholdProcess.newOutput("backup");
    Process process = KeyholdProcess.spawn(product, output, Map.of(), command);
    assertThat(KeyholdProcess.exitCode(process, output))
        .describedAs(Files.readString(output))
        .isZero();
    assertThat(Files.readString(output)).contains("SHA-256 of the content: ");
    return Files.readAllBytes(product);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path each : files.toList()) {
        Files.copy(
            each,
            to.resolve(each.getFileName()),
            StandardCopyOption.REPLACE_EXISTING,
            StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  /// @return what was acknowledged before the backup began
  static List<Datakey> backUpUnderLoad(Http http, Queue<Datakey> acknowledged, String... arguments)
      throws Exception {
    var stop = new AtomicBoolean();
    var writers = new ArrayList<Future<?>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < WRITERS; i++) {
        String spec = i % 2 == 0 ? "AES_256" : "SM4";
        writers.add(threads.submit(() -> write(http, spec, acknowledged, stop)));
      }
      try {
        while (acknowledged.size() < BEFORE && writers.stream().noneMatch(Future::isDone)) {
          Thread.onSpinWait();
        }
        List<Datakey> before = List.copyOf(acknowledged);
        keyhold(Stream.concat(Stream.of("backup"), Stream.of(arguments)).toArray(String[]::new))
            .ok();
        return before;
      } finally {
        stop.set(true);
        for (Future<?> writer : writers) {
          writer.get();
        }
      }
    }
  }

  /// Makes keys, uses and rotates them. What is tried again because of a busy disk may be there
  /// twice, which is as good.
  private static void write(
      Http http, String spec, Queue<Datakey> acknowledged, AtomicBoolean stop) {
    while (!stop.get()) {
      String key = create(http, spec);
      for (int i = 0; i < 6; i++) {
        Http.Answer made =
            Http.patiently(() -> http.kms("create-datakey", Map.of("key_id", key))).ok();
        acknowledged.add(new Datakey(key, made.text("cipher_text"), made.text("plain_text")));
        if (i % 2 == 1) {
          Http.patiently(() -> http.kms("rotate-on-demand", Map.of("key_id", key))).ok();
        }
      }
    }
  }

  private static String create(Http http, String spec) {
    return Http.patiently(
            () -> http.kms("create-key", Map.of("key_alias", Names.fresh(), "key_spec", spec)))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }

  /// Nothing of the database is in it but what its first line says.
  static void isSealed(Path backup) throws IOException {
    String all = Files.readString(backup, StandardCharsets.ISO_8859_1);
    assertThat(all).startsWith("keyhold-backup-v1 schema=").contains(" sealed-by=root-key ");
    for (String open :
        List.of("SQLite format", "cmk_material", "argon2id", "AES_256", "iam_user")) {
      assertThat(all.substring(all.indexOf('\n'))).doesNotContain(open);
    }
  }

  @Test
  void backupKeyOpensABackupWithoutTheRootKey() throws Exception {
    Path data = folder.resolve("data");
    Path backup = folder.resolve("store.backup");
    Path key = folder.resolve("backup.key");
    try (var server = ServerProcess.on(data)) {
      server.start();
      assertThat(server.stop()).isZero();
    }
    keyhold("backup", "--make-key", key.toString()).ok();
    keyhold("backup", "--make-key", key.toString()).refused("already");
    keyhold(
            "backup",
            "--data",
            data.toString(),
            "--output",
            backup.toString(),
            "--backup-key",
            key.toString())
        .ok();
    Path target = targetOf(data, folder.resolve("restored"));
    keyhold("restore", "--data", target.toString(), "--input", backup.toString())
        .refused("--backup-key");
    Path other = folder.resolve("other.key");
    keyhold("backup", "--make-key", other.toString()).ok();
    keyhold(
            "restore",
            "--data",
            target.toString(),
            "--input",
            backup.toString(),
            "--backup-key",
            other.toString())
        .refused("another root key");
    byte[] whole = Files.readAllBytes(backup);
    Path cut = Files.write(folder.resolve("cut.backup"), Arrays.copyOf(whole, whole.length - 1));
    keyhold(
            "restore",
            "--data",
            target.toString(),
            "--input",
            cut.toString(),
            "--backup-key",
            key.toString())
        .refused("truncated");
    assertThat(target).isDirectoryNotContaining("glob:**.db*");
    Ended restored =
        keyhold(
                "restore",
                "--data",
                target.toString(),
                "--input",
                backup.toString(),
                "--backup-key",
                key.toString())
            .ok();
    assertThat(restored.output()).contains("Put the root key at");
  }
}
