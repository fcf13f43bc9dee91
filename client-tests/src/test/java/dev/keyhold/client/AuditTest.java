package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.Http.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The audit log as an operator sees it: `keyhold audit` beside a running server.
@Tag(Chaos.TAG)
class AuditTest {
  private static final String AAD = "additional_authenticated_data";

  @Test
  void eachCallLeavesOneRecord() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Tenant tenant = server.tenant();
      Tenant other = server.otherTenant();
      Answer login = Login.withPassword(tenant, tenant.password(), Login.projectById(tenant));
      Http http = Http.withToken(tenant, Login.tokenOf(login));
      Answer badLogin = Login.withPassword(tenant, "wrong", Login.projectById(tenant));

      Answer created = http.kms("create-key", Map.of("key_alias", Names.fresh())).ok();
      String key = created.json().at("/key_info/key_id").asText();
      Map<String, String> aKey = Map.of("key_id", key);
      Answer datakey = http.kms("create-datakey", aKey).ok();
      Answer described = http.kms("describe-key", aKey).ok();
      Answer anonymous = Http.anonymous(tenant).kms("create-datakey", aKey);
      Answer foreign = http.withProject(other.projectId()).kms("create-datakey", aKey);
      Answer malformed = http.kms("create-datakey", "{");
      Answer tag = http.kms(key + "/tags", Map.of("tag", Map.of("key", "k", "value", "v")));
      Answer alias =
          http.kms("aliases", Map.of("key_id", key, "alias", "alias/" + Names.fresh())).ok();
      Answer disabled = http.kms("disable-key", aKey).ok();
      Answer again = http.kms("disable-key", aKey);
      Answer refused = http.kms("create-datakey", aKey);
      Answer unknown = http.kms("describe-key", Map.of("key_id", Names.UNKNOWN_KEY));
      Answer byDefault = http.kms("create-datakey", Map.of("key_id", "alias/default", AAD, "x"));
      Answer nowhere = http.get("/nowhere");
      Kms.of(tenant).instances();

      List<JsonNode> records = AuditRecords.export(server.data());
      var byRequest = new HashMap<String, List<JsonNode>>();
      records.forEach(record ->
          byRequest
              .computeIfAbsent(record.path("request_id").asText(), _ -> new ArrayList<>())
              .add(record));
      for (Answer answer :
          List.of(
              login, badLogin, created, datakey, described, anonymous, foreign, malformed, tag,
              alias, disabled, again, refused, unknown, byDefault)) {
        List<JsonNode> mine = byRequest.remove(answer.requestId());
        assertThat(mine).describedAs(answer.toString()).hasSize(1);
        JsonNode record = mine.getFirst();
        assertThat(record.path("status").asInt()).isEqualTo(answer.status());
        assertThat(record.path("error").asText()).isEqualTo(errorOf(answer));
        assertThat(record.path("outcome").asText())
            .isEqualTo(answer.status() / 100 == 2 ? "allowed" : "refused");
        assertThat(record.path("source").asText()).isEqualTo("127.0.0.1");
        assertThat(record.path("node").asText()).matches("[0-9a-f]{16}");
      }
      assertThat(byRequest).doesNotContainKey(nowhere.requestId()).hasSize(1); // the SDK's is left
      JsonNode bySdk = byRequest.values().iterator().next().getFirst();
      assertThat(bySdk.path("credential").asText()).isEqualTo(tenant.accessKey());
      assertThat(bySdk.path("action").asText()).isEqualTo("GET user-instances");

      JsonNode creation = one(server, created);
      assertThat(creation.path("action").asText()).isEqualTo("create-key");
      assertThat(creation.path("key_id").asText()).isEqualTo(key);
      assertThat(creation.path("project_id").asText()).isEqualTo(tenant.projectId());
      assertThat(creation.path("domain_id").asText()).isEqualTo(tenant.domainId());
      assertThat(creation.path("credential").asText()).isEqualTo("token");
      assertThat(one(server, anonymous).path("caller").asText()).isEqualTo("none");
      assertThat(one(server, refused).path("key_id").asText()).isEqualTo(key);
      assertThat(one(server, tag).path("key_id").asText()).isEqualTo(key);
      assertThat(one(server, login).path("credential").asText()).isEqualTo("password");
      assertThat(one(server, badLogin).has("user_id")).isFalse();
      assertThat(records.stream().map(it -> it.path("time").asText()).toList()).isSorted();

      assertThat(AuditRecords.search(server.data(), "--key", key, "--outcome", "refused"))
          .hasSize(1 + 2) // a head, disable-key and create-datakey
          .anySatisfy(line -> assertThat(line).contains("create-datakey", "KMS.0209"));
      assertThat(
              AuditRecords.export(
                  server.data(), "--caller", tenant.accessKey(), "--action", "GET user-instances"))
          .hasSize(1);
      assertThat(AuditRecords.export(server.data(), "--limit", "2")).hasSize(2);
      assertThat(AuditRecords.export(server.data(), "--until", "1h")).isEmpty();
      assertThat(AuditRecords.export(server.data(), "--since", "1h")).hasSameSizeAs(records);
      assertThat(server.stop()).isZero();
      assertThat(AuditRecords.export(server.data())).hasSameSizeAs(records);
    }
  }

  private static String errorOf(Answer answer) {
    return answer.status() / 100 == 2 ? "" : answer.code();
  }

  private static JsonNode one(ServerProcess server, Answer answer) {
    List<JsonNode> found = AuditRecords.export(server.data(), "--request-id", answer.requestId());
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  @Test
  void whatKeyholdDoesUnaskedIsRecorded() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Kms kms = Kms.of(server.tenant());
      String key = kms.newKey();
      kms.scheduleDeletion(key, "7");
      server.stop();
      server.with("dev.clock-offset", "P8D").start();
      List<JsonNode> found = List.of();
      for (int i = 0; i < 50 && found.isEmpty(); i++) {
        found = AuditRecords.export(server.data(), "--caller", "keyhold", "--key", key);
      }
      assertThat(found).hasSize(1);
      assertThat(found.getFirst().path("action").asText()).isEqualTo("destroy-key");
      assertThat(found.getFirst().path("project_id").asText())
          .isEqualTo(server.tenant().projectId());
    }
  }

  /// A folder in which a whole line is missing, or damaged, is exported as far as it goes, and the
  /// command fails.
  @Test
  void missingAndDamagedLinesAreNamedAndFailTheCommand(@TempDir Path folder) throws IOException {
    Http http = SharedServer.http();
    var calls = new ArrayList<String>();
    for (int i = 0; i < 8; i++) {
      calls.add(http.kms("list-keys", Map.of()).ok().requestId());
    }
    List<String> later = calls.subList(3, calls.size());
    Path original = SharedServer.server().data().resolve("audit");
    Files.copy(original.resolve("node"), folder.resolve("node"));
    String first = "00000000000000000000.log";
    List<String> lines = lines(original);
    // As if the disk had begun another file after the third record.
    Path next = folder.resolve("00000000000000000003.log");
    Files.write(next, lines.subList(3, lines.size()));
    Path file = folder.resolve(first);

    Files.write(file, lines.subList(0, 3));
    assertThat(export(folder).ok().output()).contains(calls);

    Files.write(file, List.of(lines.get(0), lines.get(2)));
    assertThat(export(folder).refused("1 record is missing before " + next).output())
        .contains(later);
    Files.write(file, List.of(lines.get(0), lines.get(1).replace("time", "tame"), lines.get(2)));
    export(folder).refused(file + " line 2 is damaged");
    Files.delete(file);
    export(folder).ok(); // was moved away to keep less
  }

  /// Of all segments in a folder.
  private static List<String> lines(Path folder) throws IOException {
    var lines = new ArrayList<String>();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".log")).sorted().toList()) {
        Files.readString(file).replace("\0", "").lines().forEach(lines::add);
      }
    }
    return lines;
  }

  private static BackupTest.Ended export(Path segments) throws IOException {
    return BackupTest.keyhold(
        "audit",
        "export",
        "--data",
        SharedServer.server().data().toString(),
        "--segments",
        segments.toString(),
        "--action",
        "list-keys");
  }

  @Test
  void filesAreForTheirOwnerOnly() throws IOException {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Path folder = server.data().resolve("audit");
      assertThat(mode(folder)).isEqualTo("rwx------");
      try (var files = Files.list(folder)) {
        assertThat(files.toList())
            .isNotEmpty()
            .allSatisfy(file -> assertThat(mode(file)).isEqualTo("rw-------"));
      }
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  /// A file system of its own, which can be full without anything else being so.
  @Test
  void fullDiskRefusesAndServesAgainWhenThereIsRoom(@TempDir Path mount) throws Exception {
    try (var row =
            ChaosReport.of(
                "F3 audit disk full", "no room under the audit folder, data-key and key calls");
        var _ = SmallDisk.mount(mount, 128);
        var server =
            ServerProcess.onNewFolder().with("audit.dir", mount.resolve("audit").toString())) {
      server.start();
      Kms kms = Kms.of(server.tenant());
      String key = kms.newKey();
      Http http = Http.loggedIn(server.tenant());
      Path filler = mount.resolve("filler");
      Files.write(filler, new byte[80 * 1024]);
      var acknowledged = new HashSet<String>();
      Answer answer = http.kms("create-datakey", Map.of("key_id", key));
      for (int i = 0; i < 1000 && answer.status() == 200; i++) {
        acknowledged.add(answer.requestId());
        answer = http.kms("create-datakey", Map.of("key_id", key));
      }
      isUnavailable(answer);
      for (int i = 0; i < 20; i++) {
        isUnavailable(http.kms("create-datakey", Map.of("key_id", key)));
        isUnavailable(http.kms("disable-key", Map.of("key_id", key)));
      }
      assertThat(http.get("/health/ready").status()).isEqualTo(503);
      assertThat(http.get("/health/live").status()).isEqualTo(200);

      Files.delete(filler);
      long freed = System.nanoTime();
      while (http.kms("create-datakey", Map.of("key_id", key)).status() != 200) {
        assertThat(Duration.ofNanos(System.nanoTime() - freed)).isLessThan(Duration.ofSeconds(10));
        ServerProcess.pause(Duration.ofMillis(50));
      }
      row.figure(
          "503 in all 40 calls; served %d ms after room"
              .formatted((System.nanoTime() - freed) / 1_000_000));
      assertThat(http.get("/health/ready").status()).isEqualTo(200);
      assertThat(AuditRecords.requestIds(export(server, mount))).containsAll(acknowledged);
      assertThat(server.stop()).isZero();
      row.passed();
    }
  }

  private static List<JsonNode> export(ServerProcess server, Path mount) {
    return AuditRecords.export(server.data(), "--set", "audit.dir=" + mount.resolve("audit"));
  }

  private static void isUnavailable(Answer answer) {
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).contains("1");
    assertThat(answer.body()).doesNotContain("plain_text", "cipher_text");
  }

  @Test
  void afterKillEveryAcknowledgedCallIsInTheLog() throws Exception {
    int rounds = Chaos.rounds(3);
    int recorded = 0;
    try (var row =
            ChaosReport.of("F18 SIGKILL and audit", "SIGKILL under load with audit on")
                .rounds(rounds);
        var server = ServerProcess.onNewFolder();
        var threads = Executors.newFixedThreadPool(AuditLoad.CALLERS)) {
      server.start();
      for (int round = 1; round <= rounds; round++) {
        var load = new AuditLoad(Http.loggedIn(server.tenant()), Kms.of(server.tenant()).newKey());
        var callers = new ArrayList<Callable<Void>>();
        for (int i = 0; i < AuditLoad.CALLERS; i++) {
          callers.add(load);
        }
        var running = callers.stream().map(threads::submit).toList();
        ServerProcess.pause(Duration.ofMillis(500 + 300L * (round % 5)));
        if (Chaos.measures() && round % 2 == 0) { // in a segment that was written ahead
          Path audit = server.data().resolve("audit");
          long before = AuditRecords.segments(audit);
          ServerProcess.await(Duration.ofMinutes(2), () -> AuditRecords.segments(audit) > before);
          ServerProcess.pause(Duration.ofMillis(100));
        }
        server.kill();
        for (var one : running) {
          one.get();
        }
        // Before a start could mend anything, and after.
        check(load, AuditRecords.export(server.data()), Set.of());
        server.start();
        Http http = Http.loggedIn(server.tenant());
        List<JsonNode> records = AuditRecords.export(server.data());
        check(load, records, load.keysThere(http));
        recorded += load.used().size() + load.made().size();
        System.out.printf(
            "audit round %d: %d data-key calls and %d changes acknowledged before SIGKILL,"
                + " all recorded; %d records in all%n",
            round, load.used().size(), load.made().size(), records.size());
      }
      row.figure("0 of %d acknowledged calls without a record".formatted(recorded));
      row.passed();
    }
  }

  private static void check(AuditLoad load, List<JsonNode> records, Set<String> keysThere) {
    Set<String> ids = AuditRecords.requestIds(records);
    assertThat(ids).hasSameSizeAs(records); // none twice
    assertThat(ids).containsAll(load.used()).containsAll(load.made().keySet());
    var recorded = new HashSet<String>();
    records.stream()
        .filter(it -> it.path("action").asText().equals("create-key"))
        .filter(it -> it.path("outcome").asText().equals("allowed"))
        .forEach(it -> recorded.add(it.path("key_id").asText()));
    assertThat(recorded).containsAll(load.made().values());
    if (!keysThere.isEmpty()) {
      assertThat(recorded).isEqualTo(keysThere); // neither without the other
    }
  }
}
