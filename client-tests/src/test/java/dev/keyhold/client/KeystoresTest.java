package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.KmsClient;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyStoreRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyStoreRequestBody;
import com.huaweicloud.sdk.kms.v2.model.DeleteKeyStoreRequest;
import com.huaweicloud.sdk.kms.v2.model.DisableKeyStoreRequest;
import com.huaweicloud.sdk.kms.v2.model.EnableKeyStoreRequest;
import com.huaweicloud.sdk.kms.v2.model.KeystoreDetails;
import com.huaweicloud.sdk.kms.v2.model.ListKeyStoresRequest;
import com.huaweicloud.sdk.kms.v2.model.ListKeyStoresResponse;
import com.huaweicloud.sdk.kms.v2.model.ShowKeyStoreRequest;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Dedicated keystores, on a token of SoftHSM2.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeystoresTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F14 keystores", "an HSM away, a wrong PIN, an altered keystore under a running server");

  private SoftHsm hsm;
  private ServerProcess server;
  private Tenant tenant;
  private KmsClient client;
  private Kms kms;
  private Http http;

  @BeforeAll
  void start(@TempDir Path folder) {
    hsm = SoftHsm.in(folder.resolve("hsm"));
    server = ServerProcess.on(folder.resolve("data"));
    hsm.attachTo(server);
    restart();
  }

  private void restart() {
    if (server.isRunning()) {
      assertThat(server.stop()).isZero();
    }
    server.start();
    tenant = server.tenant();
    kms = Kms.of(tenant);
    client = kms.client();
    http = Http.loggedIn(tenant);
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private String keystore() {
    return client
        .createKeyStore(
            new CreateKeyStoreRequest()
                .withBody(
                    new CreateKeyStoreRequestBody()
                        .withKeystoreAlias(Names.fresh())
                        .withHsmClusterId("hsm")))
        .getKeystore()
        .getKeystoreId();
  }

  private String keyIn(String keystore, String spec) {
    return http.kms(
            "create-key",
            Map.of("key_alias", Names.fresh(), "key_spec", spec, "keystore_id", keystore))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }

  private void enable(String keystore) {
    client.enableKeyStore(new EnableKeyStoreRequest().withKeystoreId(keystore));
  }

  private void disable(String keystore) {
    client.disableKeyStore(new DisableKeyStoreRequest().withKeystoreId(keystore));
  }

  private void delete(String keystore) {
    client.deleteKeyStore(new DeleteKeyStoreRequest().withKeystoreId(keystore));
  }

  @Test
  void madeKeystoreIsShownAndListed() {
    String name = Names.fresh();
    var body = new CreateKeyStoreRequestBody().withKeystoreAlias(name).withHsmClusterId("hsm");
    var made = client.createKeyStore(new CreateKeyStoreRequest().withBody(body)).getKeystore();
    assertThat(made.getDomainId()).isEqualTo(tenant.domainId());

    KeystoreDetails shown =
        client
            .showKeyStore(new ShowKeyStoreRequest().withKeystoreId(made.getKeystoreId()))
            .getKeystore();
    assertThat(shown.getKeystoreAlias()).isEqualTo(name);
    assertThat(shown.getKeystoreType()).isEqualTo("DHSM");
    assertThat(shown.getHsmClusterId()).isEqualTo("hsm");
    assertThat(shown.getCreateTime()).matches("\\d{13}");

    ListKeyStoresResponse listed =
        client.listKeyStores(new ListKeyStoresRequest().withLimit(1000).withOffset(0));
    assertThat(listed.getKeystores())
        .hasSize(listed.getTotal())
        .extracting(KeystoreDetails::getKeystoreId)
        .contains(made.getKeystoreId());
    assertThat(
            client
                .listKeyStores(new ListKeyStoresRequest().withLimit(1).withOffset(0))
                .getKeystores())
        .hasSize(1);

    refused("KMS.0318", () -> client.createKeyStore(new CreateKeyStoreRequest().withBody(body)));
    delete(made.getKeystoreId());
    refused(404, "KMS.0316", () -> delete(made.getKeystoreId()));
  }

  @Test
  void keysOfAKeystoreWorkAndSurviveARestart() {
    String keystore = keystore();
    Map<String, String> containers = new HashMap<>();
    for (String spec : List.of("AES_256", "SM4")) {
      String key = keyIn(keystore, spec);
      assertThat(kms.describe(key).getKeystoreId()).isEqualTo(keystore);
      containers.put(
          key, http.kms("create-datakey", Map.of("key_id", key)).ok().text("cipher_text"));
    }
    String signing = keyIn(keystore, "EC_P256");

    restart();

    containers.forEach((key, container) ->
        http.kms(
                "decrypt-datakey",
                Map.of("key_id", key, "cipher_text", container, "datakey_cipher_length", "64"))
            .ok());
    http.kms(
            "sign",
            Map.of(
                "key_id", signing,
                "message", "bWVzc2FnZQ==",
                "message_type", "RAW",
                "signing_algorithm", "ECDSA_SHA_256"))
        .ok();
  }

  @Test
  void disabledKeystoreServesNoKeyAndEnabledAgainAll() {
    String keystore = keystore();
    String key = keyIn(keystore, "AES_256");
    String datakey = http.kms("create-datakey", Map.of("key_id", key)).ok().text("cipher_text");
    String data =
        http.kms("encrypt-data", Map.of("key_id", key, "plain_text", "x")).ok().text("cipher_text");
    String signs = keyIn(keystore, "EC_P256");
    String macs = keyIn(keystore, "HMAC_256");
    String to = kms.newKey();
    String message = "A".repeat(43) + "=";

    disable(keystore);

    for (Http.Answer answer :
        List.of(
            http.kms("create-datakey", Map.of("key_id", key)),
            http.kms("create-key", Map.of("key_alias", Names.fresh(), "keystore_id", keystore)),
            http.kms("decrypt-data", Map.of("key_id", key, "cipher_text", data)),
            http.kms("decrypt-data", Map.of("cipher_text", data)),
            http.kms("re-encrypt", Map.of("destination_key_id", to, "cipher_text", data)),
            http.kms("re-encrypt", Map.of("destination_key_id", to, "cipher_text", datakey)),
            http.kms(
                "sign",
                Map.of("key_id", signs, "message", message, "signing_algorithm", "ECDSA_SHA_256")),
            http.kms(
                "generate-mac",
                Map.of("key_id", macs, "message", message, "mac_algorithm", "HMAC_SHA_256")))) {
      assertThat(answer.code()).describedAs(answer.body()).isEqualTo("KMS.0317");
    }
    enable(keystore);
    http.kms("create-datakey", Map.of("key_id", key)).ok();
    http.kms("decrypt-data", Map.of("cipher_text", data)).ok();
  }

  @Test
  void keystoreWithKeysIsNotDeleted() {
    String keystore = keystore();
    String key = keyIn(keystore, "AES_256");
    refused("KMS.0308", () -> delete(keystore));
    http.kms("create-datakey", Map.of("key_id", key)).ok();
  }

  @Test
  void keysOfAKeystoreAreNeitherRotatedNorImported() {
    String keystore = keystore();
    String key = keyIn(keystore, "AES_256");
    assertThat(http.kms("enable-key-rotation", Map.of("key_id", key)).code()).isEqualTo("KMS.0338");
    assertThat(
            http.kms(
                    "create-key",
                    Map.of(
                        "key_alias", Names.fresh(), "origin", "external", "keystore_id", keystore))
                .code())
        .isEqualTo("KMS.0339");
  }

  @Test
  void anotherTenantsKeystoreDoesNotExist() {
    String keystore = keystore();
    KmsClient stranger = Kms.of(server.otherTenant()).client();
    refused(
        404,
        "KMS.0316",
        () -> stranger.showKeyStore(new ShowKeyStoreRequest().withKeystoreId(keystore)));
    refused(
        404,
        "KMS.0316",
        () -> stranger.disableKeyStore(new DisableKeyStoreRequest().withKeystoreId(keystore)));
    refused(
        404,
        "KMS.0316",
        () -> stranger.deleteKeyStore(new DeleteKeyStoreRequest().withKeystoreId(keystore)));
    Http strange = Http.loggedIn(server.otherTenant());
    assertThat(
            strange
                .kms("create-key", Map.of("key_alias", Names.fresh(), "keystore_id", keystore))
                .code())
        .isEqualTo("KMS.0316");
  }

  @Test
  void wrongRequestsAreRefused() {
    for (String id : List.of("1", "2")) {
      assertThat(
              http.kms("create-key", Map.of("key_alias", Names.fresh(), "keystore_id", id)).code())
          .isEqualTo("KMS.0340");
    }
    assertThat(
            http.kms("create-key", Map.of("key_alias", Names.fresh(), "keystore_id", "x")).code())
        .isEqualTo("KMS.0315");
    refused(
        "KMS.0315", () -> client.showKeyStore(new ShowKeyStoreRequest().withKeystoreId("none")));
    for (CreateKeyStoreRequestBody wrong :
        List.of(
            new CreateKeyStoreRequestBody().withKeystoreAlias("").withHsmClusterId("hsm"),
            new CreateKeyStoreRequestBody().withKeystoreAlias("a b").withHsmClusterId("hsm"),
            new CreateKeyStoreRequestBody().withKeystoreAlias("a").withHsmClusterId("other"))) {
      refused("KMS.0308", () -> client.createKeyStore(new CreateKeyStoreRequest().withBody(wrong)));
    }
    refused("KMS.1601", () -> client.listKeyStores(new ListKeyStoresRequest().withLimit(0)));
    refused("KMS.1603", () -> client.listKeyStores(new ListKeyStoresRequest().withOffset(-1)));
  }

  @Test
  void withoutAnHsmThereAreNoKeystores() {
    var body = new CreateKeyStoreRequestBody().withKeystoreAlias("a").withHsmClusterId("hsm");
    refused(
        "KMS.0340",
        () ->
            SharedServer.kms().client().createKeyStore(new CreateKeyStoreRequest().withBody(body)));
  }

  @Test
  void awayTokenStopsItsKeysAloneAndNotTheServer() {
    String keystore = keystore();
    String key = keyIn(keystore, "AES_256");
    String ordinary = kms.newKey();
    assertThat(server.stop()).isZero();
    hsm.takeAway();
    try {
      restart();
      assertThat(http.kms("create-datakey", Map.of("key_id", key)).status()).isEqualTo(503);
      http.kms("create-datakey", Map.of("key_id", ordinary)).ok();
    } finally {
      if (server.isRunning()) {
        server.stop();
      }
      hsm.putBack();
    }
    restart();
    http.kms("create-datakey", Map.of("key_id", key)).ok();
  }

  /// With its token the server loses what is not in memory, and nothing else; it has it again as
  /// soon as the token is back.
  @Test
  void tokenThatLeavesARunningServerIsUsedAgainWhenItIsBack() {
    String inMemory = keystore();
    String served = keyIn(inMemory, "AES_256");
    String ordinary = kms.newKey();
    String closed = keystore();
    String key = keyIn(closed, "AES_256");
    Http.Answer datakey = http.kms("create-datakey", Map.of("key_id", key)).ok();
    disable(closed); // its KEK leaves the memory
    enable(closed);
    long process = server.pid();

    hsm.takeAway();
    try {
      for (int i = 0; i < 3; i++) {
        Http.Answer refusal = http.kms("create-datakey", Map.of("key_id", key));
        assertThat(refusal.status()).isEqualTo(503);
        assertThat(refusal.body()).doesNotContain("plain_text", "cipher_text");
        assertThat(
                http.post(
                        "/v1.0/" + tenant.projectId() + "/keystores",
                        Map.of("keystore_alias", Names.fresh(), "hsm_cluster_id", "hsm"))
                    .status())
            .isEqualTo(503);
      }
      http.kms("create-datakey", Map.of("key_id", served)).ok();
      http.kms("create-datakey", Map.of("key_id", ordinary)).ok();
    } finally {
      hsm.putBack();
    }

    var sealed =
        Map.of(
            "key_id",
            key,
            "cipher_text",
            datakey.text("cipher_text"),
            "datakey_cipher_length",
            "64");
    Http.Answer opened = Http.patiently(() -> http.kms("decrypt-datakey", sealed)).ok();
    assertThat(opened.text("data_key")).isEqualTo(datakey.text("plain_text"));
    keyIn(keystore(), "AES_256"); // and makes keys again
    assertThat(server.pid()).isEqualTo(process);
  }

  @Test
  void wrongPinIsToldOnceWithoutThePinAndMended() {
    String keystore = keystore();
    String key = keyIn(keystore, "AES_256");
    assertThat(server.stop()).isZero();
    hsm.writePin("31415926");
    try {
      restart();
      for (int i = 0; i < 3; i++) {
        assertThat(http.kms("create-datakey", Map.of("key_id", key)).status()).isEqualTo(503);
      }
      assertThat(server.output()).containsOnlyOnce("refuses the PIN of").doesNotContain("31415926");
    } finally {
      ServerProcess.pause(Duration.ofMillis(20)); // the file's time has to change
      hsm.writeRightPin();
    }
    http.kms("create-datakey", Map.of("key_id", key)).ok();
  }

  @Test
  void alteredKeystoreIsReportedAndNotServed(@TempDir Path data) throws Exception {
    try (var victim = ServerProcess.on(data)) {
      hsm.attachTo(victim);
      victim.start();
      Http caller = Http.loggedIn(victim.tenant());
      Map<String, String> keys = new HashMap<>();
      for (String name : List.of("altered", "intact")) {
        String keystore =
            caller
                .post(
                    "/v1.0/" + victim.tenant().projectId() + "/keystores",
                    Map.of("keystore_alias", name))
                .ok()
                .json()
                .at("/keystore/keystore_id")
                .asText();
        keys.put(
            name,
            caller
                .kms("create-key", Map.of("key_alias", name, "keystore_id", keystore))
                .ok()
                .json()
                .at("/key_info/key_id")
                .asText());
      }
      assertThat(victim.stop()).isZero();
      try (var connection =
              DriverManager.getConnection("jdbc:sqlite:" + data.resolve("keyhold.db"));
          var statement = connection.createStatement()) {
        assertThat(
                statement.executeUpdate(
                    "UPDATE keystore SET kek = zeroblob(length(kek)) WHERE name = 'altered'"))
            .isEqualTo(1);
      }
      victim.start();
      Http again = Http.loggedIn(victim.tenant());
      var call = Map.of("key_id", keys.get("altered"));
      assertThat(again.kms("create-datakey", call).status()).isEqualTo(500);
      assertThat(victim.output()).contains("in the store is not as Keyhold wrote it");
      again.kms("create-datakey", Map.of("key_id", keys.get("intact"))).ok();
    }
  }
}
