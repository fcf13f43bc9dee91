package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.huaweicloud.sdk.kms.v2.model.AssociateAliasRequest;
import com.huaweicloud.sdk.kms.v2.model.AssociateAliasRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateAliasRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateAliasRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateAliasResponse;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.DeleteAliasRequest;
import com.huaweicloud.sdk.kms.v2.model.DeleteAliasRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListAliasesRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AliasesTest {
  private final Kms kms = SharedServer.kms();
  private final Http http = SharedServer.http();
  private final Tenant tenant = SharedServer.tenant();

  @Test
  void createdAliasIsDescribed() {
    String key = kms.newKey();
    String name = Names.fresh();

    CreateAliasResponse alias = create(kms, key, name);

    assertThat(alias.getHttpStatusCode()).isEqualTo(201);
    assertThat(alias.getAlias()).isEqualTo(name);
    assertThat(alias.getKeyId()).isEqualTo(key);
    assertThat(alias.getDomainId()).isEqualTo(tenant.domainId());
    assertThat(alias.getAliasUrn()).isEqualTo(urn(tenant, name));
    assertThat(alias.getCreateTime()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    assertThat(alias.getUpdateTime()).isEqualTo(alias.getCreateTime());
  }

  @Test
  void anyReferenceDescribesTheKey() {
    String key = kms.newKey();
    String name = Names.fresh() + ":with/odd_characters";
    create(kms, key, name);

    assertThat(kms.describe("alias/" + name).getKeyId()).isEqualTo(key);
    assertThat(kms.describe(urn(tenant, name)).getKeyId()).isEqualTo(key);
  }

  @Test
  void dataKeyCallsAcceptAnyReferenceAndAnswerTheId() {
    String key = kms.newKey();
    String name = Names.fresh();
    create(kms, key, name);
    String dek = Deks.random(32);

    for (String reference : List.of("alias/" + name, urn(tenant, name), key)) {
      var encrypted = kms.encrypt(reference, dek);
      assertThat(encrypted.getKeyId()).isEqualTo(key);
      assertThat(kms.decrypt(reference, encrypted.getCipherText()).getDataKey())
          .isEqualToIgnoringCase(dek);
      var request = new CreateDatakeyRequestBody().withKeyId(reference);
      assertThat(kms.createDatakey(request).getKeyId()).isEqualTo(key);
      assertThat(kms.createDatakeyWithoutPlaintext(request).getKeyId()).isEqualTo(key);
    }
  }

  @Test
  void everyCallThatUsesAKeyAcceptsAnyReference() {
    String symmetric = named(kms.newKey());
    String mac = named(Keys.make(kms, "HMAC_256", "GENERATE_VERIFY_MAC"));
    String signing = named(Keys.make(kms, "EC_P256", "SIGN_VERIFY"));
    var text = Map.of("key_id", symmetric, "plain_text", "text");
    String data = http.kms("encrypt-data", text).ok().text("cipher_text");
    assertThat(
            http.kms("decrypt-data", Map.of("key_id", symmetric, "cipher_text", data))
                .ok()
                .text("plain_text"))
        .isEqualTo("text");
    String moved =
        http.kms(
                "re-encrypt",
                Map.of(
                    "cipher_text", data,
                    "source_key_id", symmetric,
                    "destination_key_id", named(kms.newSm4Key())))
            .ok()
            .text("cipher_text");
    assertThat(http.kms("decrypt-data", Map.of("cipher_text", moved)).ok().text("plain_text"))
        .isEqualTo("text");
    for (String action : List.of("create-ec-datakey-pair", "create-rsa-datakey-pair")) {
      String spec = action.contains("rsa") ? "RSA_2048" : "ECC_NIST_P256";
      http.kms(action, Map.of("key_id", symmetric, "key_spec", spec)).ok();
    }
    var message = Map.of("key_id", mac, "mac_algorithm", "HMAC_SHA_256", "message", "dGV4dA==");
    var made = new HashMap<String, String>(message);
    made.put("mac", http.kms("generate-mac", message).ok().text("mac"));
    assertThat(http.kms("verify-mac", made).ok().json().get("mac_valid").asBoolean()).isTrue();
    http.kms(
            "sign",
            Map.of(
                "key_id", signing,
                "message", "dGV4dA==",
                "message_type", "RAW",
                "signing_algorithm", "ECDSA_SHA_256"))
        .ok();
    http.kms("get-publickey", Map.of("key_id", signing)).ok();
  }

  /// The key's reference by a new alias.
  private String named(String key) {
    String name = Names.fresh();
    create(kms, key, name);
    return "alias/" + name;
  }

  @Test
  void sharedSecretIsDerivedWithAnAliasToo() {
    var key =
        http.kms(
                "create-key",
                Map.of(
                    "key_alias", Names.fresh(),
                    "key_spec", "EC_P256",
                    "key_usage", "KEY_AGREEMENT"))
            .ok()
            .json()
            .at("/key_info/key_id")
            .asText();
    String peer =
        http.kms("get-publickey", Map.of("key_id", key))
            .ok()
            .text("public_key")
            .replaceAll("-----[A-Z ]+-----|\r\n", "");
    var answer =
        http.kms(
            "derive-shared-secret",
            Map.of("key_id", named(key), "key_agreement_algorithm", "ECDH", "public_key", peer));
    assertThat(answer.ok().text("key_id")).isEqualTo(key);
  }

  @Test
  void lifecycleCallsTakeTheIdAlone() {
    String key = kms.newKey();
    String name = Names.fresh();
    create(kms, key, name);
    refused("KMS.0205", () -> kms.disable("alias/" + name));
    refused("KMS.0205", () -> kms.scheduleDeletion(urn(tenant, name), "7"));
    refused("KMS.0205", () -> create(kms, "alias/" + name, Names.fresh()));
  }

  @Test
  void associatedAliasMeansTheOtherKeyAtOnce() {
    String first = kms.newKey();
    String second = kms.newKey();
    String name = Names.fresh();
    create(kms, first, name);
    kms.encrypt("alias/" + name, Deks.random(16)); // so that it is cached

    assertThat(associate(name, second)).isEqualTo(second);
    assertThat(kms.encrypt("alias/" + name, Deks.random(16)).getKeyId()).isEqualTo(second);
    assertThat(names(first)).isEmpty();
    assertThat(names(second)).containsExactly(name);
  }

  @Test
  void anAliasIsAssociatedWithAKeyThatMayHaveOne() {
    String key = kms.newKey();
    String name = Names.fresh();
    create(kms, key, name);
    refused(404, "KMS.0207", () -> associate(Names.fresh(), key));
    refused(404, "KMS.0207", () -> associate(name, Names.UNKNOWN_KEY));
    refused("KMS.0211", () -> associate(name, kms.describe("alias/evs/default").getKeyId()));
    refused("KMS.0210", () -> associate(name, kms.newKeyPendingDeletion()));
    assertThat(names(key)).containsExactly(name);
  }

  @Test
  void deletedAliasesAreGoneAtOnceAllOrNone() {
    String key = kms.newKey();
    String other = kms.newKey();
    String name = Names.fresh();
    String second = Names.fresh();
    create(kms, key, name);
    create(kms, key, second);
    create(kms, other, name + "-other");
    kms.describe("alias/" + name);

    refused(404, "KMS.0207", () -> delete(key, name, name + "-other"));
    assertThat(kms.describe("alias/" + name).getKeyId()).isEqualTo(key);

    delete(key, name, second);
    refused(404, "KMS.0207", () -> kms.describe("alias/" + name));
    refused(404, "KMS.0207", () -> kms.describe("alias/" + second));
    create(kms, other, name);
    assertThat(kms.describe("alias/" + name).getKeyId()).isEqualTo(other);
  }

  @Test
  void aliasInUseIsRefused() {
    String name = Names.fresh();
    create(kms, kms.newKey(), name);
    refused("KMS.1104", () -> create(kms, kms.newKey(), name));
  }

  @Test
  void anotherDomainHasItsOwnAliases() {
    Kms other = SharedServer.otherKms();
    String key = kms.newKey();
    String name = Names.fresh();
    create(kms, key, name);

    refused(404, "KMS.0207", () -> other.describe("alias/" + name));
    refused(404, "KMS.0207", () -> other.describe(urn(tenant, name)));
    refused(404, "KMS.0207", () -> other.encrypt(urn(tenant, name), Deks.random(16)));
    refused(404, "KMS.0207", () -> create(other, key, name));
    String otherKey = other.newKey();
    create(other, otherKey, name);
    assertThat(other.describe("alias/" + name).getKeyId()).isEqualTo(otherKey);
    assertThat(kms.describe("alias/" + name).getKeyId()).isEqualTo(key);
  }

  @Test
  void badReferencesAreRefused() {
    refused(404, "KMS.0207", () -> kms.describe("alias/" + Names.fresh()));
    refused(
        404,
        "KMS.0207",
        () -> kms.describe("kms:nowhere-1:" + tenant.domainId() + ":alias:" + Names.fresh()));
    for (String bad : List.of("alias/", "alias/a b", "kms:x", "kms:a:b:key:c", "Alias/x")) {
      refused("KMS.0205", () -> kms.describe(bad));
    }
  }

  @Test
  void badAliasIsRefused() {
    String key = kms.newKey();
    for (String bad : List.of("", "a b", "é", "obs/default", "x".repeat(256))) {
      refused("KMS.1101", () -> create(kms, key, bad));
    }
    create(kms, key, Names.fresh() + "x".repeat(200));
    refused("KMS.0204", () -> create(kms, key, null));
    refused("KMS.0204", () -> create(kms, null, Names.fresh()));
    refused("KMS.0308", () -> delete(key));
    assertThat(
            http.send(
                    "DELETE",
                    http.kmsPath("aliases"),
                    ("{\"key_id\":\"" + key + "\",\"aliases\":[null]}")
                        .getBytes(StandardCharsets.UTF_8))
                .code())
        .isEqualTo("KMS.0214");
  }

  @Test
  void keyPendingDeletionGetsNoAliasAndUnknownOnesDoNotExist() {
    refused("KMS.0210", () -> create(kms, kms.newKeyPendingDeletion(), Names.fresh()));
    refused(404, "KMS.0207", () -> create(kms, Names.UNKNOWN_KEY, Names.fresh()));
    create(kms, kms.newDisabledKey(), Names.fresh());
  }

  @Test
  void aKeyHasAtMost50AliasesAndTheyAreListedInPages() {
    String key = kms.newKey();
    String name = Names.fresh();
    IntStream.range(0, 50).forEach(i -> create(kms, key, name + "-" + (10 + i)));
    refused("KMS.0308", () -> create(kms, key, name));

    var seen = new ArrayList<String>();
    String marker = "";
    do {
      JsonNode page =
          http.get(http.kmsPath("aliases?key_id=" + key + "&limit=20&marker=" + marker))
              .ok()
              .json()
              .get(0);
      page.path("aliases").forEach(alias -> seen.add(alias.path("alias").textValue()));
      assertThat(page.at("/page_info/current_count").intValue())
          .isEqualTo(page.path("aliases").size());
      marker = page.at("/page_info/next_marker").textValue();
    } while (!marker.isEmpty());
    assertThat(seen).hasSize(50).doesNotHaveDuplicates().isSorted();
  }

  @Test
  void listingHasLimits() {
    assertThat(http.get(http.kmsPath("aliases?limit=0")).code()).isEqualTo("KMS.1601");
    assertThat(http.get(http.kmsPath("aliases?limit=x")).code()).isEqualTo("KMS.1601");
    assertThat(http.get(http.kmsPath("aliases?marker=a%20b")).code()).isEqualTo("KMS.1602");
    assertThat(http.get(http.kmsPath("aliases?key_id=x")).code()).isEqualTo("KMS.0205");
    assertThat(http.get(http.kmsPath("aliases")).ok().json().isArray()).isTrue();
  }

  private List<String> names(String key) {
    return kms
        .client()
        .listAliases(new ListAliasesRequest().withKeyId(key))
        .getBody()
        .getFirst()
        .getAliases()
        .stream()
        .map(alias -> alias.getAlias())
        .toList();
  }

  private static CreateAliasResponse create(Kms kms, String key, String alias) {
    return kms.client()
        .createAlias(
            new CreateAliasRequest()
                .withBody(new CreateAliasRequestBody().withKeyId(key).withAlias(alias)));
  }

  /// @return the id of the key that the alias means then
  private String associate(String alias, String key) {
    return kms.client()
        .associateAlias(
            new AssociateAliasRequest()
                .withBody(new AssociateAliasRequestBody().withAlias(alias).withTargetKeyId(key)))
        .getKeyId();
  }

  private void delete(String key, String... aliases) {
    int status =
        kms.client()
            .deleteAlias(
                new DeleteAliasRequest()
                    .withBody(
                        new DeleteAliasRequestBody().withKeyId(key).withAliases(List.of(aliases))))
            .getHttpStatusCode();
    assertThat(status).isEqualTo(204);
  }

  private static String urn(Tenant tenant, String alias) {
    return "kms:" + tenant.region() + ":" + tenant.domainId() + ":alias:" + alias;
  }
}
