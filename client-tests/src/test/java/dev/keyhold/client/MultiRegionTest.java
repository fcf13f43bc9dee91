package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListSupportRegionsRequest;
import com.huaweicloud.sdk.kms.v2.model.ReplicateKeyRequest;
import com.huaweicloud.sdk.kms.v2.model.ReplicateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ReplicateKeyResponse;
import com.huaweicloud.sdk.kms.v2.model.TagItem;
import com.huaweicloud.sdk.kms.v2.model.UpdatePrimaryRegionRequest;
import com.huaweicloud.sdk.kms.v2.model.UpdatePrimaryRegionRequestBody;
import dev.keyhold.TestPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// ReplicateKey, UpdatePrimaryRegion, ListSupportRegions: two servers that share a secret.
class MultiRegionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String HERE = "here-1";
  private static final String THERE = "there-1";
  private static final Path FOLDER = ServerProcess.newFolder();

  private static ServerProcess here;
  private static ServerProcess there;
  private static Kms a;
  private static Kms b;

  @BeforeAll
  static void startBoth() {
    int portHere = TestPorts.free();
    int portThere = TestPorts.free();
    String secret = secret("secret", "5e".repeat(32));
    here = server(HERE, portHere, THERE, portThere, secret);
    there = server(THERE, portThere, HERE, portHere, secret);
    here.start();
    there.start();
    a = Kms.of(here.tenant());
    b = Kms.of(there.tenant());
  }

  @AfterAll
  static void stopBoth() {
    here.close();
    there.close();
    ServerProcess.delete(FOLDER);
  }

  private static ServerProcess server(
      String region, int port, String peer, int peerPort, String secret) {
    return ServerProcess.onNewFolder()
        .onPort(port)
        .with("region", region)
        .with("replication.secret-file", secret)
        .with("replication.peers", peer + "=http://127.0.0.1:" + peerPort);
  }

  private static String secret(String name, String hex) {
    try {
      Path file = FOLDER.resolve(name);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return Files.writeString(file, hex + "\n").toString();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void regionsAreListed() {
    assertThat(a.client().listSupportRegions(new ListSupportRegionsRequest()).getRegions())
        .containsExactly(HERE, THERE);
    assertThat(
            b.client()
                .listSupportRegions(new ListSupportRegionsRequest().withLimit(1).withOffset(1))
                .getRegions())
        .containsExactly(THERE);
    assertThat(
            SharedServer.kms()
                .client()
                .listSupportRegions(new ListSupportRegionsRequest())
                .getRegions())
        .containsExactly("local-1");
  }

  @Test
  void replicaOpensWhatThePrimaryEncryptedAndTheReverse() {
    String key = a.newKey();
    ReplicateKeyResponse made =
        a.client()
            .replicateKey(
                new ReplicateKeyRequest()
                    .withKeyId(key)
                    .withBody(
                        replica(key)
                            .withKeyDescription("of the other region")
                            .withTags(List.of(new TagItem().withKey("team").withValue("red")))));

    assertThat(made.getKeyId()).isEqualTo(key);
    assertThat(made.getRegion()).isEqualTo(THERE);
    assertThat(made.getDomainId()).isEqualTo(there.tenant().domainId());
    assertThat(b.describe(key).getKeyDescription()).isEqualTo("of the other region");
    assertThat(b.describe(key).getRealm()).isEqualTo(THERE);
    assertThat(Http.loggedIn(there.tenant()).get(tagsPath(key)).ok().body()).contains("team");

    opensThere(a, b, key);
    opensThere(b, a, key);
  }

  @Test
  void keyPairsAreReplicatedToo() {
    for (var spec :
        List.of(
            CreateKeyRequestBody.KeySpecEnum.EC_P256,
            CreateKeyRequestBody.KeySpecEnum.SM2,
            CreateKeyRequestBody.KeySpecEnum.SM4)) {
      String key =
          a.createKey(new CreateKeyRequestBody().withKeyAlias(Names.fresh()).withKeySpec(spec))
              .getKeyId();
      replicate(key);
      assertThat(b.describe(key).getKeySpec().getValue()).isEqualTo(spec.getValue());
    }
  }

  @Test
  void rotationReachesTheReplicaBeforeItIsUsed() {
    String key = replicated();
    String before = a.encrypt(key, Deks.ZEROS_64).getCipherText();

    rotate(here, key).ok();

    assertThat(rotations(there, key)).isEqualTo(1);
    opensThere(a, b, key);
    opensThere(b, a, key);
    assertThat(b.decrypt(key, before).getDataKey()).isEqualToIgnoringCase(Deks.ZEROS_64);
    var refusal = rotate(there, key);
    assertThat(refusal.code()).isEqualTo("KMS.0319");
    assertThat(refusal.body()).contains(HERE);
  }

  @Test
  void disablingAReplicaLeavesThePrimaryAlone() {
    String key = replicated();
    b.disable(key);

    refused("KMS.0209", () -> b.encrypt(key, Deks.ZEROS_64));
    String sealed = a.encrypt(key, Deks.ZEROS_64).getCipherText();
    assertThat(a.decrypt(key, sealed).getDataKey()).isEqualToIgnoringCase(Deks.ZEROS_64);

    rotate(here, key).ok(); // a disabled replica gets its material all the same
    b.enable(key);
    opensThere(a, b, key);
  }

  @Test
  void thePrimaryMovesAndTheNewOneRotates() {
    String key = replicated();
    rotate(here, key).ok();

    movePrimary(a, key, THERE);
    movePrimary(a, key, THERE); // may be told again

    assertThat(rotate(here, key).code()).isEqualTo("KMS.0319");
    rotate(there, key).ok();
    assertThat(rotations(here, key)).isEqualTo(2);
    opensThere(a, b, key);
    opensThere(b, a, key);
    refused("KMS.0308", () -> movePrimary(a, key, HERE)); // to be asked of the primary

    movePrimary(b, key, HERE);
    rotate(here, key).ok();
    assertThat(rotations(there, key)).isEqualTo(3);
  }

  @Test
  void thePrimaryCanNotBeDeletedBeforeItsReplicas() {
    String key = replicated();

    refused("KMS.0308", () -> a.scheduleDeletion(key, "7"));
    b.scheduleDeletion(key, "7");
    refused("KMS.0308", () -> a.scheduleDeletion(key, "7"));
    refused("KMS.0308", () -> movePrimary(a, key, THERE));
    rotate(here, key).ok(); // the primary is still the primary
    assertThat(b.cancelDeletion(key).getKeyId()).isEqualTo(key);
  }

  @Test
  void whatCanNotBeReplicatedIsRefused() {
    String key = replicated();
    refused("KMS.0308", () -> replicate(key));
    refused(
        "KMS.0308",
        () -> replicate(a.newKey(), replicaBody -> replicaBody.setReplicaRegion("nowhere")));
    refused(
        "KMS.0308", () -> replicate(a.newKey(), replicaBody -> replicaBody.setReplicaRegion(HERE)));
    refused("KMS.0209", () -> replicate(a.newDisabledKey()));
    refused("KMS.0210", () -> replicate(a.newKeyPendingDeletion()));
    refused(404, "KMS.0207", () -> replicate(Names.UNKNOWN_KEY));
    String external =
        a.createKey(
                new CreateKeyRequestBody()
                    .withKeyAlias(Names.fresh())
                    .withOrigin(CreateKeyRequestBody.OriginEnum.EXTERNAL))
            .getKeyId();
    refused("KMS.1404", () -> replicate(external));
    refused("KMS.0211", () -> replicate(a.describe("alias/obs/default").getKeyId()));
    String sound = a.newKey();
    refused("KMS.0205", () -> replicate(sound, body -> body.setKeyId(Names.UNKNOWN_KEY)));
    refused(
        "KMS.0407",
        () ->
            replicate(
                sound,
                body ->
                    body.setTags(
                        IntStream.range(0, 21)
                            .mapToObj(n -> new TagItem().withKey("t" + n).withValue(""))
                            .toList())));
    refused(
        "KMS.1104",
        () -> replicate(a.newKey(), body -> body.setKeyAlias(b.describe(key).getKeyAlias())));
    String single = a.newKey();
    refused("KMS.0308", () -> movePrimary(a, single, THERE));
    refused(
        "KMS.0308",
        () -> SharedServer.kms().client().replicateKey(request(SharedServer.kms().newKey())));
  }

  @Test
  void anotherTenantsProjectTakesNoKeys() {
    String key = a.newKey();
    String foreign = there.otherTenant().projectId();

    refused(403, "KMS.0321", () -> replicate(key, body -> body.setReplicaProjectId(foreign)));
    refused(
        403, "KMS.0321", () -> replicate(key, body -> body.setReplicaProjectId("0".repeat(32))));
    // What was refused leaves nothing behind.
    a.scheduleDeletion(key, "7");
  }

  @Test
  void nobodyWithoutTheSecretIsHeard() {
    var answer =
        Http.anonymous(there.tenant())
            .with("X-Keyhold-From", HERE)
            .with("X-Keyhold-To", THERE)
            .with("X-Keyhold-Date", Long.toString(System.currentTimeMillis()))
            .post("/internal/v1/replication", Map.of("key", "value"));
    assertThat(answer.status()).isEqualTo(401);
    assertThat(
            Http.anonymous(SharedServer.tenant())
                .post("/internal/v1/replication", Map.of("key", "value"))
                .status())
        .isEqualTo(404);
  }

  /// Those that start the servers apart, which have their own here.
  @Test
  void everyCommandOfThePageWorks() throws Exception {
    Pattern block = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
    List<String> blocks =
        block.matcher(Files.readString(page())).results().map(it -> it.group(1)).toList();
    assertThat(blocks).hasSize(4);
    Path script = FOLDER.resolve("page.sh");
    Files.writeString(script, "set -euo pipefail\n" + String.join("\n", blocks));
    assumeTrue(
        new ProcessBuilder("bash", "-c", "curl --version && jq --version").start().waitFor() == 0,
        "SKIPPED: curl and jq are needed");

    // A peer that another test had stopped is not asked for three seconds, and the page does not
    // wait.
    String output = "";
    for (int attempt = 0; attempt < 10; attempt++) {
      var bash = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
      bash.environment().put("A", here.data().resolve("dev-credentials.json").toString());
      bash.environment().put("B", there.data().resolve("dev-credentials.json").toString());
      Process running = bash.start();
      output = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (running.waitFor() == 0) {
        return;
      }
      assertThat(output).contains("Not all replicas can be reached");
      ServerProcess.pause(Duration.ofSeconds(1));
    }
    throw new AssertionError(output);
  }

  private static Path page() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("docs/multi-region.md"))) {
      folder = folder.getParent();
    }
    return folder.resolve("docs/multi-region.md");
  }

  @Test
  void aRegionThatIsDownIsToldLater() {
    String key = replicated();
    there.stop();
    try {
      var waiting = rotate(here, key);
      assertThat(waiting.status()).isEqualTo(503);
      assertThat(waiting.code()).isEqualTo("KMS.0104");
      // Not used before the replica has it.
      assertThat(rotations(here, key)).isZero();
      refused(503, "KMS.0104", () -> replicate(a.newKey()));
      refused(503, "KMS.0104", () -> movePrimary(a, key, THERE));
    } finally {
      there.start();
      b = Kms.of(there.tenant());
    }
    ServerProcess.await(PATIENCE, () -> rotations(here, key) == 1);
    ServerProcess.await(PATIENCE, () -> rotations(there, key) == 1);
    opensThere(a, b, key);
    opensThere(b, a, key);
    assertThat(unasked(here, key)).isNotEmpty().containsOnly("update-replicas");
  }

  @Test
  void whatARegionDoesForAnotherIsOnItsRecord() {
    String key = replicated();
    assertThat(unasked(there, key)).isNotEmpty().containsOnly("receive-replica");
    assertThat(AuditRecords.export(there.data(), "--key", key))
        .allSatisfy(record ->
            assertThat(record.path("project_id").asText()).isEqualTo(there.tenant().projectId()));
    int before = unasked(there, key).size();
    movePrimary(a, key, THERE);
    assertThat(unasked(there, key)).hasSizeGreaterThan(before);
  }

  /// What is recorded of a key that nobody has called for.
  private static List<String> unasked(ServerProcess server, String key) {
    return AuditRecords.export(server.data(), "--caller", "keyhold", "--key", key).stream()
        .map(record -> record.path("action").asText())
        .toList();
  }

  private static void opensThere(Kms from, Kms to, String key) {
    String dek = Deks.random(64);
    String sealed = from.encrypt(key, dek).getCipherText();
    assertThat(to.decrypt(key, sealed).getDataKey()).isEqualToIgnoringCase(dek);
  }

  private static String replicated() {
    String key = a.newKey();
    replicate(key);
    return key;
  }

  private static void replicate(String key) {
    replicate(key, _ -> {});
  }

  private static void replicate(
      String key, java.util.function.Consumer<ReplicateKeyRequestBody> change) {
    ReplicateKeyRequest request = request(key);
    change.accept(request.getBody());
    a.client().replicateKey(request);
  }

  private static ReplicateKeyRequest request(String key) {
    return new ReplicateKeyRequest().withKeyId(key).withBody(replica(key));
  }

  private static ReplicateKeyRequestBody replica(String key) {
    return new ReplicateKeyRequestBody()
        .withKeyId(key)
        .withReplicaRegion(THERE)
        .withKeyAlias(Names.fresh())
        .withReplicaProjectId(there.tenant().projectId());
  }

  private static void movePrimary(Kms kms, String key, String region) {
    kms.client()
        .updatePrimaryRegion(
            new UpdatePrimaryRegionRequest()
                .withKeyId(key)
                .withBody(
                    new UpdatePrimaryRegionRequestBody().withKeyId(key).withPrimaryRegion(region)));
  }

  private static Http.Answer rotate(ServerProcess server, String key) {
    return Http.loggedIn(server.tenant()).kms("rotate-on-demand", Map.of("key_id", key));
  }

  private static int rotations(ServerProcess server, String key) {
    return Http.loggedIn(server.tenant())
        .kms("get-key-rotation-status", Map.of("key_id", key))
        .ok()
        .json()
        .path("number_of_rotations")
        .asInt();
  }

  private static String tagsPath(String key) {
    return "/v1.0/" + there.tenant().projectId() + "/kms/" + key + "/tags";
  }
}
