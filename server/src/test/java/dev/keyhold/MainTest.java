package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The exit codes that `keyhold --help` tells.
class MainTest {
  @TempDir private Path folder;

  private static int run(String... arguments) {
    return Main.run(List.of(arguments));
  }

  @Test
  void helpAndVersionSucceed() {
    assertThat(run("--help")).isEqualTo(Main.OK);
    assertThat(run("help")).isEqualTo(Main.OK);
    assertThat(run("server", "--help")).isEqualTo(Main.OK);
    assertThat(run("version")).isEqualTo(Main.OK);
    assertThat(run("--version")).isEqualTo(Main.OK);
  }

  @Test
  void misuseIsTold() {
    assertThat(run()).isEqualTo(Main.MISUSED);
    assertThat(run("serve")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "--lisen", "127.0.0.1:1")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "--data")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "--data", "a", "--data", "b")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "--li", "127.0.0.1:1")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "now")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "--set", "quotas.cmks")).isEqualTo(Main.MISUSED);
  }

  @Test
  void wrongConfigurationIsMisuse() {
    String data = folder.toString();

    assertThat(run("server", "--data", data, "--listen", "nowhere")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "--data", data, "--set", "quota.cmks=1")).isEqualTo(Main.MISUSED);
    assertThat(run("server", "--dev", "--data", data, "--listen", "0.0.0.0:0"))
        .isEqualTo(Main.MISUSED);
  }

  @Test
  void serverThatIsNotInitialisedIsRefused() {
    assertThat(run("server", "--data", folder.resolve("data").toString())).isEqualTo(Main.REFUSED);
  }

  /// A damaged database opens, and the start finds out at whatever it reads next.
  @ParameterizedTest
  @ValueSource(strings = {"change_position", "store_identity", "iam_domain"})
  void storeThatCanNotBeReadIsRefusedWithoutAStackTrace(String table) throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    edit(data, "DROP TABLE " + table);
    String[] start = {"server", "--dev", "--data", data, "--listen", "127.0.0.1:0"};

    assertThat(errorsOf(Main.REFUSED, start).lines().filter(line -> !line.contains(" INFO ")))
        .singleElement()
        .asString()
        .startsWith("keyhold: the key store is unavailable: ")
        .contains(table);
  }

  /// As after a backup that was edited, or a page of the disk that was exchanged.
  @ParameterizedTest
  @CsvSource({
    "UPDATE iam_domain SET mac = x'00',store verify",
    "UPDATE flyway_schema_history SET version = 'x',no number"
  })
  void storeThatWasAlteredIsRefusedWithoutAStackTrace(String edit, String told) throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    edit(data, edit);

    assertThat(errorsOf(Main.REFUSED, "passwd", "--data", data).lines())
        .last()
        .asString()
        .startsWith("keyhold: ")
        .contains(told);
  }

  private static void edit(String data, String sql) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data + "/keyhold.db");
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA foreign_keys = OFF");
      statement.execute(sql);
    }
  }

  @Test
  void fileThatIsNoneIsNamedWithoutAStackTrace() throws Exception {
    String data = folder.resolve("data").toString();
    String missing = folder.resolve("missing").toString();
    String[] restores = {missing, folder.toString()};
    for (String input : restores) {
      String told = errorsOf(Main.FAILED, "restore", "--data", data, "--input", input);
      assertThat(told).contains(input).doesNotContain("Exception", "\tat ").hasLineCount(1);
    }
  }

  @Test
  void fileThatMayNotBeOpenedIsNamedWithoutAStackTrace() throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    // Not even root opens a file below a file.
    Path file = Files.createFile(folder.resolve("file"));
    String below = file.resolve("records").toString();

    String nowhere = folder.resolve("none/records").toString();
    assertThat(run("audit", "export", "--data", data, "--output", nowhere)).isEqualTo(Main.MISUSED);
    assertThat(errorsOf(Main.FAILED, "audit", "export", "--data", data, "--output", below))
        .isEqualTo("keyhold: failed: " + below + ": Not a directory.\n");
  }

  /// Before a long snapshot, and in words.
  @Test
  void backupWithoutAFolderIsTold() throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    String output = folder.resolve("none/backup").toString();
    assertThat(errorsOf(Main.FAILED, "backup", "--data", data, "--output", output))
        .isEqualTo("keyhold: There is no folder " + folder + "/none for the backup.\n");
  }

  @Test
  void backupOfANewerKeyholdIsToldByADryRunToo() throws Exception {
    String data = folder.resolve("data").toString();
    Path file = folder.resolve("backup");
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    assertThat(run("backup", "--data", data, "--output", file.toString())).isEqualTo(Main.OK);
    String whole = Files.readString(file, StandardCharsets.ISO_8859_1);
    String[] dry = {"restore", "--data", data, "--dry-run", "--input", file.toString()};
    assertThat(run(dry)).isEqualTo(Main.OK);

    Files.writeString(
        file, whole.replaceFirst("schema=\\d+", "schema=999"), StandardCharsets.ISO_8859_1);
    assertThat(errorsOf(Main.REFUSED, dry)).contains("newer Keyhold (schema version 999");
    Files.writeString(
        file, whole.replaceFirst("backup-v1", "backup-v2"), StandardCharsets.ISO_8859_1);
    assertThat(errorsOf(Main.FAILED, dry)).contains("a newer one made it");
  }

  @Test
  void serverWithoutItsCertificateSaysHowToGetOne() throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    Files.delete(Path.of(data, "tls/server.crt"));
    Files.delete(Path.of(data, "tls/server.key"));
    assertThat(errorsOf(Main.REFUSED, "server", "--data", data, "--listen", "127.0.0.1:0"))
        .contains("There is no TLS certificate", "keyhold init --renew-certificate")
        .doesNotContain("\tat ");
  }

  /// Nothing was looked at, so nothing is bad.
  @Test
  void verificationOfADatabaseThatIsAwayFindsNothingBad() throws Exception {
    Path data = folder.resolve("data");
    assertThat(run("init", "--data", data.toString())).isEqualTo(Main.OK);
    String[] verify = {
      "store",
      "verify",
      "--data",
      data.toString(),
      "--set",
      "store.url=jdbc:postgresql://127.0.0.1:1/keyhold"
    };
    assertThat(errorsOf(Main.FAILED, verify)).startsWith("keyhold: The database can't be used: ");
  }

  @Test
  void passphraseFileTakenForAnotherIsTold() throws Exception {
    String data = folder.resolve("data").toString();
    Path passphrase = Files.writeString(folder.resolve("passphrase"), "correct horse\n");
    Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
    assertThat(
            run(
                "init",
                "--data",
                data,
                "--set",
                "seal.type=passphrase",
                "--set",
                "seal.passphrase-file=" + passphrase))
        .isEqualTo(Main.OK);
    assertThat(errorsOf(Main.REFUSED, "store", "verify", "--data", data))
        .contains("set seal.type: passphrase");
  }

  @Test
  void snapshotThatCanNotBeTakenIsAFailureAndNoRefusal() throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    Files.writeString(Path.of(data, "keyhold.db"), "no database, and long enough ".repeat(500));

    String output = folder.resolve("backup").toString();
    assertThat(errorsOf(Main.FAILED, "backup", "--data", data, "--output", output))
        .contains("can't be copied")
        .doesNotContain("\tat ");
  }

  @Test
  void restoreThatFailsOnItsWayIsAFailureAndNoRefusal() throws Exception {
    String data = folder.resolve("data").toString();
    String file = folder.resolve("backup").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    edit(data, "CREATE TABLE of_nobody (id TEXT)");
    assertThat(run("backup", "--data", data, "--output", file)).isEqualTo(Main.OK);

    String[] restore = {
      "restore",
      "--data",
      folder.resolve("new").toString(),
      "--set",
      "seal.file=" + data + "/root.key",
      "--input",
      file
    };
    assertThat(errorsOf(Main.FAILED, restore)).contains("of_nobody can't be written");
  }

  @Test
  void auditFolderThatIsNotThereIsTold() throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);

    String out = folder.resolve("records").toString();
    String[] export = {"audit", "export", "--data", data, "--output", out};
    assertThat(errorsOf(Main.FAILED, export))
        .contains("there is no folder " + data + "/audit")
        .hasLineCount(1);
    assertThat(
            errorsOf(
                Main.OK,
                "audit",
                "export",
                "--data",
                data,
                "--output",
                out + "2",
                "--set",
                "audit.enabled=false"))
        .isEmpty();
    Files.createDirectory(Path.of(data, "audit"));
    assertThat(errorsOf(Main.OK, "audit", "export", "--data", data, "--output", out + "3"))
        .isEmpty();
  }

  @Test
  void rowOfTheAuditTableThatIsNoRecordIsDamageAndNotTheEnd() throws Exception {
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    Files.createDirectory(Path.of(data, "audit"));
    String record = "{\"time\":\"1970-01-01T00:00:00.002Z\",\"node\":\"n\"}";
    edit(
        data,
        "INSERT INTO audit_event (id, recorded_at, record) VALUES ('a', 1, '{\"time\":'), ('b', 2,"
            + " '"
            + record
            + "')");

    String out = folder.resolve("records").toString();
    assertThat(errorsOf(Main.FAILED, "audit", "export", "--data", data, "--output", out))
        .isEqualTo("keyhold: a record of 1970-01-01T00:00:00.001Z is damaged.\n");
    assertThat(Path.of(out)).hasContent(record + "\n");
  }

  @Test
  void outcomeThatNoRecordHasIsMisuse() throws Exception {
    String data = folder.resolve("data").toString();
    String[] export = {"audit", "export", "--data", data, "--output", data + "/records"};
    var arguments = new ArrayList<>(List.of(export));
    arguments.addAll(List.of("--outcome", "denied"));
    assertThat(errorsOf(Main.MISUSED, arguments.toArray(String[]::new)))
        .contains("allowed, refused or failed");
  }

  /// What root writes in another user's folder, that user's server can't open.
  @Test
  void rootDoesNotWriteInTheFolderOfAnother() throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path data = folder.resolve("data");
    assertThat(run("init", "--data", data.toString())).isEqualTo(Main.OK);
    Files.setAttribute(data, "unix:uid", 12_345);

    String backup = folder.resolve("backup").toString();
    List<List<String>> writing =
        List.of(
            List.of("passwd"),
            List.of("store", "accept"),
            List.of("backup", "--output", backup),
            List.of("server", "--listen", "127.0.0.1:0"),
            List.of("init"));
    for (List<String> command : writing) {
      var arguments = new ArrayList<>(command);
      arguments.addAll(List.of("--data", data.toString()));
      assertThat(errorsOf(Main.REFUSED, arguments.toArray(String[]::new)))
          .contains(data + " belongs to 12345", "runuser -u 12345 -- keyhold")
          .hasLineCount(1);
    }
    try (var files = Files.list(data)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "keyhold.db",
              "keyhold.lock",
              "root.key",
              "root.key.anchor",
              ".root.key.anchor.lock",
              "tls");
    }
  }

  /// Another's folder may show nothing of what is in it.
  @Test
  void anotherUsersFolderIsNotTakenForAnEmptyOne() throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.setAttribute(data, "unix:uid", 12_345);
    String[] commands = {"server", "passwd"};
    for (String command : commands) {
      assertThat(errorsOf(Main.REFUSED, command, "--data", data.toString()))
          .contains(data + " belongs to 12345")
          .doesNotContain("keyhold init");
    }
  }

  @Test
  void rootDoesNotReplaceTheAnchorOrTheCertificateOfAnother() throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    String data = folder.resolve("data").toString();
    assertThat(run("init", "--data", data)).isEqualTo(Main.OK);
    Path anchor = Path.of(data, "root.key.anchor");
    assertThat(anchor).exists();
    Files.setAttribute(anchor, "unix:uid", 12_345);
    Files.setAttribute(Path.of(data, "tls"), "unix:uid", 12_345);

    assertThat(errorsOf(Main.REFUSED, "store", "accept", "--data", data))
        .contains("anchor file " + anchor + " belongs to 12345");
    assertThat(errorsOf(Main.REFUSED, "init", "--renew-certificate", "--data", data))
        .contains("belongs to 12345");
  }

  private static String errorsOf(int code, String... arguments) {
    PrintStream before = System.err;
    var errors = new ByteArrayOutputStream();
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    try {
      assertThat(run(arguments)).isEqualTo(code);
    } finally {
      System.setErr(before);
    }
    return errors.toString(StandardCharsets.UTF_8);
  }
}
